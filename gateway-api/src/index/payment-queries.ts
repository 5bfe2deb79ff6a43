import type { DatabaseSync } from 'node:sqlite';
import { parseAmount, paymentState, type PaymentState } from '@tallystick/chaincode/domain';
import { entryId, type EntryNumber } from './entry-id.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';

export interface IndexedPayment {
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly token: string;
  readonly amount: string;
  readonly refunded: string;
  readonly state: PaymentState;
  readonly references: Readonly<Record<string, string>>;
  readonly bookedAt: string;
  readonly entry: string;
}

export interface PaymentFilter {
  readonly account: string;
  readonly role: 'payer' | 'payee';
  readonly counterparty?: string | undefined;
  readonly token?: string | undefined;
  readonly endToEndId?: string | undefined;
}

interface Row {
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly token: string;
  readonly amount: string;
  readonly refunded: string;
  readonly refs: string | null;
  readonly booked_at: string;
  readonly entry: EntryNumber;
}

export function paymentQueries(database: DatabaseSync) {
  const byId = database.prepare('SELECT * FROM payments WHERE id = ?');
  const as = (own: 'payer' | 'payee', other: 'payer' | 'payee') =>
    database.prepare(
      `SELECT * FROM payments WHERE ${own} = :account AND (:counterparty IS NULL OR ${other} = :counterparty)
       AND (:token IS NULL OR token = :token) AND (:endToEndId IS NULL OR end_to_end_id = :endToEndId)
       AND entry < :before ORDER BY entry DESC LIMIT :limit`,
    );
  const lists = { payer: as('payer', 'payee'), payee: as('payee', 'payer') };
  return {
    one: (id: string): IndexedPayment | undefined => {
      const row = byId.get(id) as Row | undefined;
      return row === undefined ? undefined : paymentOf(row);
    },
    list: ({ account, role, counterparty, token, endToEndId }: PaymentFilter, { before, limit }: PageRequest): Page<IndexedPayment> => {
      const filter = { account, counterparty: counterparty ?? null, token: token ?? null, endToEndId: endToEndId ?? null };
      return pageOf(lists[role].all({ ...filter, before, limit: limit + 1 }) as unknown as readonly Row[], limit, paymentOf);
    },
  };
}

function paymentOf({ id, payer, payee, token, amount, refunded, refs, booked_at, entry }: Row): IndexedPayment {
  const state = paymentState({ payee, token, amount: parseAmount(amount), refunded: parseAmount(refunded) });
  const references = refs === null ? {} : (JSON.parse(refs) as Readonly<Record<string, string>>);
  return { id, payer, payee, token, amount, refunded, state, references, bookedAt: booked_at, entry: entryId(entry) };
}
