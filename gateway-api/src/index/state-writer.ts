import type { DatabaseSync } from 'node:sqlite';
import {
  capsText, formatInstant, isAccountId, objectId, organizationOf, splitObjectId, type Acceptance, type Account, type Alias, type Balance, type CertificateRecord, type CreditLimit, type CreditLine, type IncomingSlot, type InstructionRecord,
  type MadeKind, type MadeObject, type Organization, type PoolSlot, type Rules, type SigningKey, type Supply, type Table, type Tables, type Token, type Value,
} from '@tallystick/chaincode/domain';
import { NO_ENTRY } from './entry-id.ts';
import type { InstructionQueries } from './instruction-queries.ts';
import { moneyWriter } from './money-writer.ts';
import type { LedgerObjects } from './objects.ts';
import { poolWriter } from './pool-index.ts';
import { acceptanceView, accountView, aliasView, billView, clearingView, grantView, holdView, limitView, linkView, mandateView, organizationView, proposalView, recoveryView, rulesView, redemptionView, settlementView, tokenView, type Making } from './views.ts';

/** How an object came to be, by its id or the name of its row; undefined: not in this block. */
export type MakingOf = (object: string) => Making | undefined;

type Write<T extends Table> = (parts: readonly string[], record: Tables[T]['value'] | undefined, makingOf: MakingOf) => void;
type Writers = { readonly [T in Table]?: Write<T> };

interface Parts {
  readonly objects: LedgerObjects;
  readonly instructions: InstructionQueries;
  readonly setMeta: (name: string, value: string) => void;
}

/** Puts records of the world state into the index's tables: one function per table of the ledger. Tables without one are not shown to anybody. */
export function stateWriter(database: DatabaseSync, { objects, instructions, setMeta }: Parts): (table: Table, parts: readonly string[], read: () => Value<Table> | undefined, makingOf: MakingOf) => void {
  const putKeys = keyWriter(database);
  const putSerial = database.prepare('INSERT INTO certificate_records (thumbprint, serial_number) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const putSupply = database.prepare('INSERT INTO supplies (token, issued, redeemed) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET issued = excluded.issued, redeemed = excluded.redeemed');
  const money = moneyWriter(database);
  const putPool = poolWriter(database);
  const putRecord = recordWriter(objects, storedMaking(instructions));
  const writers: Writers = {
    clock: (_, record) => setMeta('clock', formatInstant(record ?? 0)),
    organization: ([id = ''], record) => {
      const organization = record as Organization;
      const view = organizationView(organization);
      objects.organizations.put({ id, columns: { trustee: view.trustee ?? null }, entry: NO_ENTRY, view });
      for (const officer of organization.officers) putKeys(`${officer.name}@${id}`, officer.keys);
    },
    // Zeros in front, so that the last by id is the newest.
    rules: ([version = ''], record) => objects.rules.put({ id: version, columns: {}, entry: NO_ENTRY, view: rulesView(record as Rules) }),
    certificate: ([thumbprint = ''], record) => {
      const { holder, serialNumber, ended } = record as CertificateRecord;
      putSerial.run(thumbprint, serialNumber);
      if (ended !== undefined) putKeys(holder, [ended]);
    },
    account: ([id = ''], record, makingOf) => {
      const account = record as Account;
      objects.accounts.put({ id, columns: { organization: organizationOf(id), status: account.status }, entry: makingOf(`a/${id}`)?.entry ?? 0, view: accountView(account) });
      putKeys(id, account.keys);
    },
    alias: ([organization = '', id = ''], record) => {
      const alias = record as Alias;
      objects.aliases.put({ id: `${organization}/${id}`, columns: { account: alias.account ?? null }, entry: NO_ENTRY, view: aliasView(organization, id, alias) });
    },
    token: ([id = ''], record) => objects.tokens.put({ id, columns: {}, entry: NO_ENTRY, view: tokenView(record as Token) }),
    supply: ([token = ''], record) => {
      const { issued, redeemed } = record as Supply;
      putSupply.run(token, String(issued), String(redeemed));
    },
    balance: ([account = '', token = ''], record) => money.balance(account, token, record as Balance),
    slot: ([account = '', token = '', slot = ''], record) => money.slot(account, token, slot, record as IncomingSlot),
    parcel: ([account = '', token = '', slot = '', number = ''], record) => money.parcel(account, token, slot, Number(number), record),
    acceptance: (_, record, makingOf) => {
      const view = acceptanceView(record as Acceptance);
      objects.acceptances.put({ id: view.id, columns: {}, entry: makingOf(`x/${view.id}`)?.entry ?? 0, view });
    },
    pool: ([token = '', into = '', slot = ''], record) => putPool(token, into, slot, record as PoolSlot),
    creditLimit: ([enterprise = '', token = ''], record, makingOf) => {
      const view = limitView(enterprise, token, record as CreditLimit);
      const pending = view.proposal !== undefined ? 'proposal' : view.request !== undefined ? 'request' : null;
      const columns = { enterprise, organization: organizationOf(enterprise), token, status: view.status, pending };
      objects.limits.put({ id: view.id, columns, entry: makingOf(`l/${view.id}`)?.entry ?? 0, view });
    },
    creditLine: ([enterprise = '', token = '', merchant = ''], record, makingOf) => {
      const view = grantView(enterprise, token, merchant, record as CreditLine);
      objects.grants.put({ id: view.id, columns: { enterprise, merchant, token, state: view.state }, entry: makingOf(`g/${view.id}`)?.entry ?? 0, view });
    },
    instruction: ([id = '', signer = ''], record, makingOf) => putRecord(objectId(id, signer), record as InstructionRecord, makingOf),
  };
  // The table gives each record the writer of its kind.
  return (table, parts, read, makingOf) => writers[table]?.(parts, read() as never, makingOf);
}

/** One function per kind of object that instructions make. */
type MadeWriters = { readonly [K in MadeKind]?: (id: string, object: MadeObject<K>, making: Making, record: InstructionRecord) => void };

/** What an instruction made: as it is now, with where and when it was made. */
function recordWriter(objects: LedgerObjects, stored: MakingOf): (id: string, record: InstructionRecord, makingOf: MakingOf) => void {
  const writers = madeWriters(objects) as Readonly<Record<string, ((id: string, object: never, making: Making, record: InstructionRecord) => void) | undefined>>;
  return (id, record, makingOf) => {
    if (record.refusal !== undefined) return;
    const made = Object.keys(record).filter((member) => writers[member] !== undefined);
    if (made.length === 0) return;
    const making = makingOf(id) ?? stored(id);
    if (making === undefined) throw new Error(`the index has no instruction that made ${id}`);
    for (const kind of made) writers[kind]?.(id, record[kind as MadeKind] as never, making, record);
  };
}

function madeWriters(objects: LedgerObjects): MadeWriters {
  return {
    payment: (id, _, making, record) => objects.payments.put(id, record, making),
    bill: (id, bill, making) => {
      const view = billView(id, bill, making);
      objects.bills.put({ id, columns: { ...partiesOf(view), due_date: view.dueDate, home: organizationOf(view.debtor), deadline: deadlineOf(view.dispute) }, entry: making.entry, view });
    },
    hold: (id, hold, making) => {
      const view = holdView(id, hold, making);
      const { payer, payee, token, state } = view;
      objects.holds.put({ id, columns: { payer, payee, token, state, home: organizationOf(payer), deadline: deadlineOf(state === 'held' ? { deadline: view.expiresAt } : undefined) }, entry: making.entry, view });
    },
    settlement: (id, settlement, making) => {
      const view = settlementView(id, settlement, making);
      objects.settlements.put({ id, columns: { ...partiesOf(view), home: organizationOf(view.debtor), deadline: deadlineOf(view.state === 'initiated' ? view : undefined) }, entry: making.entry, view });
    },
    clearing: (id, clearing, making) => {
      const view = clearingView(id, clearing, making);
      const { state } = view;
      const deadline = { open: view.confirmBy, settling: view.settleBy, closed: null, void: null }[state];
      objects.clearings.put({ id, columns: { state, home: organizationOf(id), deadline }, entry: making.entry, view });
    },
    mandate: (id, mandate, making) => {
      const view = mandateView(id, mandate, making);
      objects.mandates.put({ id, columns: partiesOf(view), entry: making.entry, view });
    },
    proposal: (id, proposal, making) => {
      const view = proposalView(id, proposal, making);
      const { state, subject } = view;
      objects.proposals.put({ id, columns: { state, subject, home: view.by, deadline: deadlineOf(state === 'open' ? { deadline: view.closesAt } : undefined) }, entry: making.entry, view });
    },
    recovery: (id, recovery, making) => {
      const view = recoveryView(id, recovery, making);
      const { account, state } = view;
      objects.recoveries.put({ id, columns: { account, state, home: organizationOf(account), deadline: deadlineOf(state === 'proposed' || state === 'confirmed' ? view : undefined) }, entry: making.entry, view });
    },
    link: (id, link, making) => {
      const view = linkView(id, link, making);
      const { proposer, account, state } = view;
      const [home, other] = [proposer, account].map(organizationOf);
      objects.links.put({ id, columns: { proposer, account, state, home: home ?? null, other: other ?? null, deadline: deadlineOf(state === 'proposed' || state === 'consented' ? view : undefined) }, entry: making.entry, view });
    },
    redemption: (id, redemption, making) => {
      const view = redemptionView(id, redemption, making);
      const { holder, issuer, token, state } = view;
      objects.redemptions.put({ id, columns: { holder, issuer, token, state, home: organizationOf(holder), deadline: deadlineOf(state === 'requested' ? view : undefined) }, entry: making.entry, view });
    },
  };
}

/** How an object of an earlier block came to be. */
function storedMaking(instructions: InstructionQueries): MakingOf {
  return (object) => {
    const instruction = instructions.one(...splitObjectId(object));
    if (instruction === undefined) return undefined;
    const { entry, bookedAt, body } = instruction;
    const { references = {} } = body as { readonly references?: Making['references'] };
    return { entry, bookedAt, references };
  };
}

/** Of what can still be ended by it. */
function deadlineOf(live: { readonly deadline: string } | undefined): string | null {
  return live?.deadline ?? null;
}

function partiesOf({ debtor, creditor, token, state }: { readonly debtor: string; readonly creditor: string; readonly token: string; readonly state: string }) {
  return { debtor, creditor, token, state };
}

function keyWriter(database: DatabaseSync): (holder: string, keys: readonly SigningKey[]) => void {
  const put = database.prepare(
    `INSERT INTO certificates (thumbprint, holder, public_key, not_before, not_after, status, rank, home, kind, role, caps, issued) VALUES (:thumbprint, :holder, :public_key, :not_before, :not_after, :status, (SELECT COALESCE(MAX(rank) + 1, 0) FROM certificates WHERE holder = :holder), :home, :kind, :role, :caps, :issued)
     ON CONFLICT DO UPDATE SET status = excluded.status, caps = excluded.caps`,
  );
  return (holder, keys) => {
    const whose = { holder, home: organizationOf(holder), kind: isAccountId(holder) ? 'account' : 'officer' };
    for (const { thumbprint, publicKey, notBefore, notAfter, status, role = 'owner', caps, issued } of keys) {
      const rights = { status, role, caps: caps === undefined ? null : JSON.stringify(capsText(caps)), issued: issued === true ? 1 : 0 };
      put.run({ thumbprint, public_key: publicKey, not_before: formatInstant(notBefore), not_after: formatInstant(notAfter), ...whose, ...rights });
    }
  };
}
