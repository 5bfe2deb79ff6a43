import { expect } from 'chai';
import { allSlots, countsAsDue, countsAsSettling, definedTokens, outstandingOf, readBalance, supplyOf, type Bill, type InstructionRecord } from '../../chaincode/src/domain/index.ts';
import { LedgerBook } from '../../chaincode/src/ledger/ledger-book.ts';
import { decodeRecord } from '../../chaincode/src/ledger/records.ts';
import { assertIdentity } from './identity-laws.ts';
import { assertPools, fixedOf, isLive, pooledOf, treasuriesOf } from './pool-laws.ts';
import type { World } from './world.ts';

/** Every law of the ledger (DESIGN §5) over the whole world state: what each test ends with. */
export async function assertConserved(world: Pick<World, 'state' | 'now'> & { readonly journal?: World['journal'] }): Promise<void> {
  const records = recordsOf(world);
  await assertSupply(world, records);
  if (world.journal !== undefined) await assertPostings(world, world.journal, records);
  assertCredit(world, records);
  assertBills(records);
  assertPools(world, records.flatMap(({ record: { clearing } }) => clearing ?? []));
  assertTies(world, records);
  assertIdentity(world, records);
}

interface Named {
  readonly id: string;
  readonly record: InstructionRecord;
}

function recordsOf({ state }: Pick<World, 'state'>): readonly Named[] {
  return [...state.entries].flatMap(([key, bytes]) => {
    const [kind, id = '', signer = ''] = key.split('/');
    return kind === 'ai' ? [{ id: `${id}.${signer}`, record: decodeRecord('instruction', [id, signer], bytes) }] : [];
  });
}

/** Supply is what all accounts, pools and clearing cycles have; what is held is what something pending holds; nobody has less than nothing. */
async function assertSupply(world: Pick<World, 'state' | 'now'>, records: readonly Named[]): Promise<void> {
  const book = new LedgerBook(world.state, { now: world.now });
  const ledger = await book.decide((view) => view.ledger);
  const accounts = [...world.state.entries.keys()].filter((key) => key.startsWith('a/')).map((key) => key.slice(2));
  const known = new Set(accounts);
  const holding = records.filter(({ record: { hold, settlement, redemption } }) => (hold ?? settlement ?? redemption) !== undefined);
  const tokens = await book.decide(definedTokens);
  expect(tokens.toSorted(), 'tokens by organization').to.deep.equal([...world.state.entries.keys()].filter((key) => key.startsWith('t/')).map((key) => key.slice(2)).sort());
  for (const token of tokens) {
    let total = pooledOf(world, token) + fixedOf(records.flatMap(({ record: { clearing } }) => clearing ?? []), token);
    for (const account of accounts) {
      const { free, held } = await book.decide((view) => readBalance(view, account, token));
      expect(free >= 0n && held >= 0n, `${account} has ${free} free and ${held} held of ${token}`).to.equal(true);
      expect(held, `held by ${account}`).to.equal(heldFor(holding, account, token));
      total += free + held;
    }
    const { issued, redeemed } = await book.decide((view) => supplyOf(view, token));
    expect(total, `supply of ${token}`).to.equal(issued - redeemed);
  }
  // What lies in a slot of nobody would escape the sum above.
  const slots = new Set(allSlots(ledger));
  for (const key of world.state.entries.keys()) {
    const [kind, account = '', , slot = ''] = key.split('/');
    if (kind === 's' || kind === 'p') expect(slots.has(slot) && known.has(account), `stray ${key}`).to.equal(true);
  }
}

/** What the entries of an account come to is what it has; its memo accounts say what of it is held, and what is owed to it and by it. */
async function assertPostings(world: Pick<World, 'state' | 'now'>, journal: World['journal'], records: readonly Named[]): Promise<void> {
  const expected = new Map<string, bigint>();
  const add = (account: string, token: string, amount: bigint) => expected.set(`${account} ${token}`, (expected.get(`${account} ${token}`) ?? 0n) + amount);
  const book = new LedgerBook(world.state, { now: world.now });
  const accounts = [...world.state.entries.keys()].filter((key) => key.startsWith('a/')).map((key) => key.slice(2));
  for (const token of await book.decide(definedTokens)) {
    for (const account of accounts) {
      const { free, held } = await book.decide((view) => readBalance(view, account, token));
      add(account, token, free + held);
      add(`held/${account}`, token, held);
    }
    const { issued, redeemed } = await book.decide((view) => supplyOf(view, token));
    add('issuance', token, redeemed - issued);
  }
  for (const { record: { bill, hold } } of records) {
    const owed = [bill === undefined ? [] : [['credit', bill.debtor, bill.creditor, bill.token, outstandingOf(bill)] as const], hold === undefined ? [] : [['credit-held', hold.payer, hold.payee, hold.token, hold.credit] as const]].flat();
    for (const [memo, debtor, creditor, token, amount] of owed) {
      add(`${memo}/${debtor}`, token, -amount);
      add(`${memo}/${creditor}`, token, amount);
    }
  }
  for (const name of new Set([...expected.keys(), ...journal.keys()])) {
    if (!/^(pool|clearing)\//.test(name)) expect(journal.get(name) ?? 0n, `postings of ${name}`).to.equal(expected.get(name) ?? 0n);
  }
}

function heldFor(records: readonly Named[], account: string, token: string): bigint {
  return records.reduce((sum, { record: { hold, settlement, redemption } }) => {
    const byHold = hold?.payer === account && hold.token === token ? hold.balance : 0n;
    const isHeld = settlement?.state === 'initiated' && settlement.bankReference === undefined && settlement.debtor === account && settlement.token === token;
    const byRedemption = redemption?.state === 'requested' && redemption.holder === account && redemption.token === token ? redemption.amount : 0n;
    return sum + byHold + (isHeld ? settlement.net : 0n) + byRedemption;
  }, 0n);
}

/** Drawn is what bills ask for and holds reserve, per line and per limit; due counts are the open undisputed bills. */
function assertCredit({ state }: Pick<World, 'state'>, records: readonly Named[]): void {
  for (const [key, bytes] of state.entries) {
    const [kind, enterprise = '', token = '', merchant = ''] = key.split('/');
    if (kind === 'l') expect(decodeRecord('creditLimit', [enterprise, token], bytes).drawn, `drawn of ${key}`).to.equal(drawnOf(records, (one) => one.enterprise === enterprise && one.token === token));
    if (kind !== 'g') continue;
    const line = decodeRecord('creditLine', key.split('/').slice(1), bytes);
    expect(line.drawn, `drawn of ${key}`).to.equal(drawnOf(records, (one) => one.enterprise === enterprise && one.token === token && one.merchant === merchant));
    const due: Record<number, number> = {};
    const settling: Record<number, number> = {};
    for (const { bill } of billsOf(records)) {
      if (bill.debtor !== enterprise || bill.token !== token || bill.creditor !== merchant) continue;
      if (countsAsDue(bill)) due[bill.dueDay] = (due[bill.dueDay] ?? 0) + 1;
      if (countsAsSettling(bill)) settling[bill.dueDay] = (settling[bill.dueDay] ?? 0) + 1;
    }
    expect(line.due, `due of ${key}`).to.deep.equal(due);
    expect(line.settling, `settling of ${key}`).to.deep.equal(settling);
  }
}

function drawnOf(records: readonly Named[], isOf: (line: { enterprise: string; token: string; merchant: string }) => boolean): bigint {
  return records.reduce((sum, { record: { bill, hold } }) => {
    const byBill = bill !== undefined && isOf({ enterprise: bill.debtor, token: bill.token, merchant: bill.creditor }) ? outstandingOf(bill) : 0n;
    const byHold = hold !== undefined && isOf({ enterprise: hold.payer, token: hold.token, merchant: hold.payee }) ? hold.credit : 0n;
    return sum + byBill + byHold;
  }, 0n);
}

/** A bill is in at most one live settlement and never discharged beyond its amount; a refund never exceeds its payment. */
function assertBills(records: readonly Named[]): void {
  const live = records.filter(({ record: { settlement } }) => settlement?.state === 'initiated');
  for (const { id, bill } of billsOf(records)) {
    expect(outstandingOf(bill) >= 0n, `bill ${id} is discharged beyond its amount`).to.equal(true);
    const settlements = live.filter(({ record: { settlement } }) => settlement?.bills.some((allocation) => allocation.bill === id));
    expect(settlements.length, `live settlements of bill ${id}`).to.equal(bill.state === 'settling' ? 1 : 0);
    if (settlements[0] !== undefined) expect(bill.settlement).to.equal(settlements[0].id);
    const hasEnded = ['settled', 'refunded', 'written-off'].includes(bill.state);
    expect(hasEnded, `bill ${id} is ${bill.state}`).to.equal(outstandingOf(bill) === 0n);
  }
  for (const { id, record: { payment, bill } } of records) {
    if (payment !== undefined && bill !== undefined) expect(bill.refunded <= payment.refunded, `refunds of bill ${id}`).to.equal(true);
    if (payment !== undefined) expect(payment.refunded <= payment.amount, `refunds of ${id}`).to.equal(true);
  }
}

function billsOf(records: readonly Named[]): readonly { readonly id: string; readonly bill: Bill }[] {
  return records.flatMap(({ id, record: { bill } }) => (bill === undefined ? [] : [{ id, bill }]));
}

/** An account's ties are its live credit lines and mandates, and what it is the treasury of. */
function assertTies({ state }: Pick<World, 'state'>, records: readonly Named[]): void {
  const ties = new Map<string, number>();
  const add = (...accounts: readonly string[]) => {
    for (const account of accounts) ties.set(account, (ties.get(account) ?? 0) + 1);
  };
  for (const [key, bytes] of state.entries) {
    const [kind, enterprise = '', , merchant = ''] = key.split('/');
    if (kind !== 'g') continue;
    const { grant, application, drawn } = decodeRecord('creditLine', key.split('/').slice(1), bytes);
    if (drawn > 0n || application !== undefined || (grant !== undefined && grant.status !== 'revoked')) add(enterprise, merchant);
  }
  add(...treasuriesOf({ state }));
  for (const { record: { clearing } } of records) if (clearing !== undefined && isLive(clearing)) add(...clearing.parties.flatMap(({ treasury }) => treasury ?? []));
  for (const { record: { mandate } } of records) if (mandate?.state === 'active') add(mandate.debtor, mandate.creditor);
  for (const [key, bytes] of state.entries) {
    if (key.startsWith('a/')) expect(decodeRecord('account', [key.slice(2)], bytes).ties ?? 0, `ties of ${key}`).to.equal(ties.get(key.slice(2)) ?? 0);
  }
}
