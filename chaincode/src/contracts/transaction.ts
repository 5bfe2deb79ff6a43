import type { Context } from 'fabric-contract-api';
import { LedgerError } from '../domain/error.ts';
import { refuseUnless } from '../domain/error.ts';
import type { Instant } from '../domain/time.ts';
import { fabricState } from '../ledger/fabric-state.ts';
import { toJson } from '../ledger/records.ts';
import type { State } from '../ledger/state.ts';

const MAX_SKEW_MS = 10_000;
const EVENT = 'tallystick';

/** What a contract method needs of Fabric's context. */
export interface Transaction {
  readonly state: State;
  readonly submitter: string;
  /** The transaction's time, milliseconds. */
  readonly now: Instant;
  readonly emit: (event: object) => void;
}

/** Runs a contract method; a refusal leaves as `CODE {figures}`, which is all a client gets to see of it. */
export async function transact<T>(context: Context, method: (transaction: Transaction) => Promise<T>): Promise<string> {
  try {
    return toJson(await method(transactionOf(context)));
  } catch (error) {
    if (error instanceof LedgerError) throw new Error(`${error.code} ${toJson(error.figures ?? {})}`);
    throw error;
  }
}

/** The submitting client sets the time: an endorser refuses what is far from its own clock. Nothing is written then. */
export function assertNotSkewed(now: Instant): void {
  // The only look at a wall clock in the chaincode: it can refuse an endorsement, never change a write.
  // eslint-disable-next-line no-restricted-properties
  refuseUnless(Math.abs(Date.now() - now) <= MAX_SKEW_MS, 'TIME_SKEWED');
}

function transactionOf({ stub, clientIdentity }: Context): Transaction {
  return {
    state: fabricState(stub),
    submitter: clientIdentity.getMSPID(),
    now: stub.getDateTimestamp().getTime(),
    emit: (event) => stub.setEvent(EVENT, Buffer.from(toJson(event))),
  };
}
