import type { DatabaseSync } from 'node:sqlite';
import { formatAmount, objectId, splitObjectId, type InstructionRecord, type PayBody } from '@tallystick/chaincode/domain';
import type { IndexedInstruction, InstructionQueries } from './instruction-queries.ts';
import { openObjectTable, type ObjectTable } from './object-table.ts';
import { readOn, type Page, type PageRequest } from './page.ts';
import { paymentView, type Making, type PaymentView } from './views.ts';

/** Payments that are not what their instruction alone says: on credit, converted, captured, refunded. */
export const PAYMENT_TABLE = { name: 'payments', columns: [], owners: [] } as const satisfies ObjectTable;

/** Members that are undefined do not filter. */
export interface PaymentFilter {
  readonly payer?: string | undefined;
  readonly payee?: string | undefined;
  readonly token?: string | undefined;
  readonly endToEndId?: string | undefined;
}

const PAYS = 'payment.pay/1';

export type Payments = ReturnType<typeof openPayments>;

/** Every payment there is. Most are what their instruction says and stay so: those have no row of their own. */
export function openPayments(database: DatabaseSync, instructions: InstructionQueries) {
  const changed = openObjectTable<PaymentView>(database, PAYMENT_TABLE);
  const madeBy = (instruction: IndexedInstruction): PaymentView | undefined => changed.one(objectId(instruction.id, instruction.signer)) ?? plainView(instruction);
  return {
    one: (id: string): PaymentView | undefined => {
      const found = changed.one(id);
      if (found !== undefined) return found;
      const instruction = instructions.one(...splitObjectId(id));
      return instruction === undefined ? undefined : plainView(instruction);
    },
    /** Newest first; of the payer, or else of the payee. */
    list: (filter: PaymentFilter, page: PageRequest): Page<PaymentView> => {
      const { payer, payee = '' } = filter;
      const entries = payer === undefined ? instructions.entriesOf(payee, 'paid') : instructions.entriesOf(payer, 'pays');
      return readOn(entries, page, ({ entry }) => {
        const instruction = instructions.at(entry);
        const view = instruction === undefined ? undefined : madeBy(instruction);
        return view !== undefined && fits(view, filter) ? [view] : [];
      });
    },
    put: (id: string, record: InstructionRecord, making: Making): void => {
      const { payment, bill } = record;
      if (payment !== undefined && !isPlain(id, record, making)) changed.put({ id, columns: {}, entry: making.entry, view: paymentView(id, payment, bill, making) });
    },
  };
}

function fits({ payer, payee, token, references }: PaymentView, filter: PaymentFilter): boolean {
  const is = (wanted: string | undefined, value: string | undefined): boolean => wanted === undefined || wanted === value;
  return is(filter.payer, payer) && is(filter.payee, payee) && is(filter.token, token) && is(filter.endToEndId, references['endToEndId']);
}

/** Whether the instruction alone says all of it. */
function isPlain(id: string, { payment, bill }: InstructionRecord, { type, body }: Making): boolean {
  if (type !== PAYS || payment === undefined || bill !== undefined) return false;
  const { payee, token, amount, credit, into } = body as PayBody;
  const [, signer] = splitObjectId(id);
  const isAsAsked = payment.payer === signer && payment.payee === payee && payment.token === token && formatAmount(payment.amount) === amount;
  return isAsAsked && credit === undefined && into === undefined && payment.credit === 0n && payment.refunded === 0n && payment.converted === undefined;
}

function plainView({ id, signer, type, refusal, entry, bookedAt, body }: IndexedInstruction): PaymentView | undefined {
  if (type !== PAYS || refusal !== undefined) return undefined;
  const { payee, token, amount, credit, into, references = {} } = body as PayBody;
  if (credit !== undefined || into !== undefined) return undefined;
  return paymentView(objectId(id, signer), { payer: signer, payee, token, amount: BigInt(amount), credit: 0n, refunded: 0n }, undefined, { entry, bookedAt, references: references as Making['references'] });
}
