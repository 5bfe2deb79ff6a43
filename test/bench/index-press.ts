import { createHash, randomBytes } from 'node:crypto';
import { dayOf, type Bill, type InstructionRecord, type Payment } from '../../chaincode/src/domain/index.ts';
import type { BatchEvent } from '../../chaincode/src/ledger/batch-event.ts';
import { stateKey } from '../../chaincode/src/ledger/keys.ts';
import { packBatch } from '../../chaincode/src/ledger/packed-batch.ts';
import { encodeRecord } from '../../chaincode/src/ledger/records.ts';
import type { LedgerBlock, StateWrite } from '../../gateway-api/src/fabric/block.ts';
import { uuidAt } from '../support/signer.ts';

/** Whoever is in the blocks that are made up, and whose the account record is that all are copied from. */
export interface Cast {
  readonly token: string;
  readonly merchant: string;
  readonly accounts: readonly string[];
  /** Value of an account's record as the chaincode wrote it. */
  readonly accountRecord: string;
}

/** Bills among the payments, and payments to the one merchant. */
const BILL_EVERY = 10;
const MERCHANT_EVERY = 5;
export const PAYMENTS_IN_BLOCK = 500;
const BLOCK_MS = 200;
const DAY_MS = 24 * 3600_000;

/** A block of new accounts: no instruction of it, only what it leaves in the state. */
export function accountBlock(number: number, accounts: readonly string[], { accountRecord }: Cast): LedgerBlock {
  const writes = accounts.map((account): StateWrite => ({ key: stateKey('account', account), value: Buffer.from(accountRecord.replace(/"thumbprint":"[^"]+"/g, `"thumbprint":"${randomBytes(32).toString('base64url')}"`)) }));
  return blockOf(number, writes, { arguments: [], event: {} });
}

/** A block of payments as the chaincode would have recorded them, signatures left out: nothing after the ledger reads those. Answers the bills in it. */
export function paymentBlock(number: number, began: number, { accounts, merchant, token }: Cast): { readonly block: LedgerBlock; readonly bills: readonly string[] } {
  const now = began + number * BLOCK_MS;
  const made = Array.from({ length: PAYMENTS_IN_BLOCK }, (_, line) => {
    const payer = accounts[(number * 7_919 + line * 104_729) % accounts.length] ?? '';
    const other = accounts[(number * 104_729 + line * 7_919 + 1) % accounts.length] ?? '';
    const payee = line % MERCHANT_EVERY === 0 || other === payer ? merchant : other;
    return paymentOf({ payer, payee, token, now, line });
  });
  const event: BatchEvent = { v: 2, bookedAt: new Date(now).toISOString(), rules: 1, outcomes: made.map((_, index) => index) };
  const argument = packBatch({ instructions: made.map(({ jws }) => jws), lane: 0 });
  const block = blockOf(number, made.flatMap(({ writes }) => writes), { arguments: [argument], event });
  return { block, bills: made.flatMap(({ bill }) => bill ?? []) };
}

interface Making {
  readonly payer: string;
  readonly payee: string;
  readonly token: string;
  readonly now: number;
  readonly line: number;
}

function paymentOf({ payer, payee, token, now, line }: Making) {
  const id = uuidAt(now);
  const isOnCredit = line % BILL_EVERY === 0;
  const amount = BigInt(100 + line);
  const body = { payee, token, amount: String(amount), ...(isOnCredit && { credit: { amount: String(amount), version: 1 } }), references: { endToEndId: id.slice(0, 30) } };
  const instant = new Date(now).toISOString();
  const text = JSON.stringify({ type: 'payment.pay/1', id, ledger: 'testledger', signer: payer, issuedAt: instant, expiresAt: instant, body });
  const hash = createHash('sha256').update(text).digest('base64url');
  const payment: Payment = { payer, payee, token, amount, credit: isOnCredit ? amount : 0n, refunded: 0n };
  const bill: Bill | undefined = isOnCredit
    ? { creditor: payee, debtor: payer, token, amount, refunded: 0n, settled: 0n, writtenOff: 0n, dueDay: dayOf(now + 30 * DAY_MS, 0), utcOffset: 0, version: 1, state: 'open' }
    : undefined;
  const record: InstructionRecord = { hash, bookedAt: now, rules: 1, payment, ...(bill !== undefined && { bill }) };
  const balance = encodeRecord('balance', [payer, token], { free: amount * 1_000n, held: 0n, next: {} });
  const slot = encodeRecord('slot', [payee, token, 'NorthPay.0'], { sum: BigInt(now), since: now, sealed: 0 });
  const writes: StateWrite[] = [
    { key: stateKey('instruction', id, payer), value: encodeRecord('instruction', [id, payer], record) },
    { key: stateKey('balance', payer, token), value: balance },
    { key: stateKey('slot', payee, token, 'NorthPay.0'), value: slot },
  ];
  return { id, payer, hash, writes, jws: `e30.${Buffer.from(text).toString('base64url')}.`, bill: bill === undefined ? undefined : `${id}.${payer}` };
}

function blockOf(number: number, writes: readonly StateWrite[], call: { readonly arguments: readonly Uint8Array[]; readonly event: unknown }): LedgerBlock {
  const transactionId = createHash('sha256').update(`transaction of ${number}`).digest('hex');
  const common = { submitter: 'NorthPay', time: '', name: 'instruction:apply' };
  return { number, dataHash: String(number), transactions: [{ transactionId, block: number, position: 0, validation: 'VALID', call: { ...common, ...call, writes } }] };
}
