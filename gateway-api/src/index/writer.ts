import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { formatInstant, organizationOf, type CertificateFacts, type FoundingDocument, type Posting, type SignerId } from '@tallystick/chaincode/domain';
import type { EntryNumber } from './entry-id.ts';
import type { Change } from './projection.ts';

/** One instruction's outcome as a row. */
export interface InstructionRow {
  readonly id: string;
  readonly signer: string;
  readonly type: string;
  readonly hash: string;
  readonly entry: EntryNumber;
  readonly transactionId: string;
  readonly bookedAt: string;
  readonly rules: number;
  readonly code: string | null;
  readonly figures: string | null;
  readonly body: string;
}

/** When and where a change was booked. */
export interface Booking {
  readonly entry: EntryNumber;
  readonly bookedAt: string;
}

export type Writer = ReturnType<typeof indexWriter>;

/** Every write to the index, as prepared statements. */
export function indexWriter(database: DatabaseSync) {
  const setMeta = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const addInstruction = database.prepare(
    `INSERT INTO instructions (id, signer, type, hash, entry, transaction_id, booked_at, rules, code, figures, body)
     VALUES (:id, :signer, :type, :hash, :entry, :transactionId, :bookedAt, :rules, :code, :figures, :body)`,
  );
  const addOrganization = database.prepare('INSERT INTO organizations (id, name, user_authority) VALUES (?, ?, ?)');
  const addOfficer = database.prepare('INSERT INTO officers (id, organization, name, roles) VALUES (?, ?, ?, ?)');
  const addPosting = database.prepare(
    'INSERT INTO postings (account, entry, leg, token, amount, instruction, signer, booked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const getBalance = database.prepare('SELECT amount FROM balances WHERE account = ? AND token = ?');
  const setBalance = database.prepare(
    'INSERT INTO balances (account, token, amount) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount',
  );
  const applyChange = changeWriter(database);
  const addCertificate = certificateWriter(database);

  return {
    setMeta: (name: string, value: string): void => void setMeta.run(name, value),
    addInstruction: (row: InstructionRow): void => void addInstruction.run({ ...row }),
    applyChange,
    addPosting: ({ account, token, amount }: Posting, leg: number, of: { readonly id: string; readonly signer: string }, { entry, bookedAt }: Booking): void =>
      void addPosting.run(account, entry, leg, token, amount, of.id, of.signer, bookedAt),
    addToBalance: (account: string, token: string, amount: bigint): void => {
      const before = BigInt(String(getBalance.get(account, token)?.['amount'] ?? '0'));
      setBalance.run(account, token, String(before + amount));
    },
    found: (document: FoundingDocument, factsOf: (certificate: string) => CertificateFacts, entry: EntryNumber): void => {
      for (const { organizationId, name, userCa, officers } of document.organizations) {
        addOrganization.run(organizationId, name, userCa);
        for (const officer of officers) {
          const id = `${officer.name}@${organizationId}`;
          addOfficer.run(id, organizationId, officer.name, JSON.stringify(officer.roles));
          addCertificate(id, officer.certificate, factsOf(officer.certificate), entry);
        }
      }
    },
  };
}

function certificateWriter(database: DatabaseSync) {
  const add = database.prepare(
    `INSERT INTO certificates (thumbprint, holder, public_key, serial_number, not_before, not_after, status, certificate, entry)
     VALUES (?, ?, ?, ?, ?, ?, 'active', ?, ?)`,
  );
  return (holder: SignerId, certificate: string, facts: CertificateFacts, entry: EntryNumber): void => {
    const { thumbprint, publicKey, serialNumber, notBefore, notAfter } = facts;
    add.run(thumbprint, holder, publicKey, serialNumber, formatInstant(notBefore), formatInstant(notAfter), certificate, entry);
  };
}

function changeWriter(database: DatabaseSync) {
  const addCertificate = certificateWriter(database);
  const addAccount = database.prepare(
    "INSERT INTO accounts (id, organization, status, roles, holder, registered_at, entry) VALUES (?, ?, 'active', ?, ?, ?, ?)",
  );
  const setAccountStatus = database.prepare('UPDATE accounts SET status = ? WHERE id = ?');
  const setCertificateStatus = database.prepare('UPDATE certificates SET status = ? WHERE thumbprint = ?');
  const addToken = database.prepare(
    `INSERT INTO tokens (id, name, decimals, kind, cap, status, source, document, issued, redeemed, entry)
     VALUES (?, ?, ?, ?, ?, 'active', ?, ?, '0', '0', ?)`,
  );
  const setTokenStatus = database.prepare('UPDATE tokens SET status = ? WHERE id = ?');
  const getIssued = database.prepare('SELECT issued FROM tokens WHERE id = ?');
  const setIssued = database.prepare('UPDATE tokens SET issued = ? WHERE id = ?');
  const addPayment = database.prepare(
    `INSERT INTO payments (id, payer, payee, token, amount, refunded, end_to_end_id, refs, booked_at, entry)
     VALUES (?, ?, ?, ?, ?, '0', ?, ?, ?, ?)`,
  );
  const getRefunded = database.prepare('SELECT refunded FROM payments WHERE id = ?');
  const setRefunded = database.prepare('UPDATE payments SET refunded = ? WHERE id = ?');

  const writers: { readonly [K in Change['kind']]: (change: Extract<Change, { kind: K }>, booking: Booking) => unknown } = {
    account: ({ id, roles, holder }, { bookedAt, entry }) => addAccount.run(id, organizationOf(id), JSON.stringify(roles), holder, bookedAt, entry),
    'account-status': ({ id, status }) => setAccountStatus.run(status, id),
    certificate: ({ holder, certificate, facts }, { entry }) => addCertificate(holder, certificate, facts, entry),
    'certificate-status': ({ thumbprint, status }) => setCertificateStatus.run(status, thumbprint),
    token: ({ id, body: { name, decimals, kind, cap = null, source, document = null } }, { entry }) =>
      addToken.run(id, name, decimals, kind, cap, JSON.stringify(source), document, entry),
    'token-status': ({ id, status }) => setTokenStatus.run(status, id),
    issued: ({ token, amount }) => setIssued.run(sum(getIssued.get(token)?.['issued'], amount), token),
    payment: ({ id, payer, body: { payee, token, amount, references } }, { bookedAt, entry }) =>
      addPayment.run(id, payer, payee, token, amount, references?.endToEndId ?? null, references === undefined ? null : JSON.stringify(references), bookedAt, entry),
    refund: ({ payment, amount }) => setRefunded.run(sum(getRefunded.get(payment)?.['refunded'], amount), payment),
  };
  // The table gives each kind the writer of that kind.
  return (change: Change, booking: Booking): void => void writers[change.kind](change as never, booking);
}

function sum(before: SQLOutputValue | undefined, amount: string): string {
  return String((typeof before === 'string' ? BigInt(before) : 0n) + BigInt(amount));
}
