import type { DatabaseSync } from 'node:sqlite';
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

  return (change: Change, { entry, bookedAt }: Booking): void => {
    switch (change.kind) {
      case 'account':
        addAccount.run(change.id, organizationOf(change.id), JSON.stringify(change.roles), change.holder, bookedAt, entry);
        return;
      case 'account-status':
        setAccountStatus.run(change.status, change.id);
        return;
      case 'certificate':
        addCertificate(change.holder, change.certificate, change.facts, entry);
        return;
      case 'certificate-status':
        setCertificateStatus.run(change.status, change.thumbprint);
        return;
      case 'token': {
        const { name, decimals, kind, cap, source, document } = change.body;
        addToken.run(change.id, name, decimals, kind, cap ?? null, JSON.stringify(source), document ?? null, entry);
        return;
      }
      case 'token-status':
        setTokenStatus.run(change.status, change.id);
        return;
      case 'issued':
        setIssued.run(sum(getIssued.get(change.token)?.['issued'], change.amount), change.token);
        return;
      case 'payment': {
        const { payee, token, amount, references } = change.body;
        const refs = references === undefined ? null : JSON.stringify(references);
        addPayment.run(change.id, change.payer, payee, token, amount, references?.endToEndId ?? null, refs, bookedAt, entry);
        return;
      }
      case 'refund':
        setRefunded.run(sum(getRefunded.get(change.payment)?.['refunded'], change.amount), change.payment);
        return;
    }
  };
}

function sum(before: unknown, amount: string): string {
  return String(BigInt(String(before ?? '0')) + BigInt(amount));
}
