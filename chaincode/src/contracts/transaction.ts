import type { Context } from 'fabric-contract-api';
import { LedgerError, refuseUnless } from '../domain/error.ts';
import type { Instant } from '../domain/time.ts';
import { fabricState } from '../ledger/fabric-state.ts';
import { toJson } from '../ledger/records.ts';
import type { State } from '../ledger/state.ts';
import { Gate } from './gate.ts';

const MAX_SKEW_MS = 10_000;
const EVENT = 'tallystick';
/** One computes while the other waits for its peer; more would only make each last longer, and a peer commits nothing meanwhile. */
const SIMULATIONS_AT_ONCE = 2;
/** The peer's execute timeout. */
const PATIENCE_MS = 10_000;

/** By connection to a peer: what was running when one broke will never end. */
const gates = new WeakMap<object, Gate>();

/** What a contract method needs of Fabric's context. */
export interface Transaction {
  readonly state: State;
  /** What it was called with after its name. */
  readonly given: readonly Uint8Array[];
  readonly submitter: string;
  /** The transaction's time, milliseconds. */
  readonly now: Instant;
  readonly emit: (event: object) => void;
}

/** Runs a contract method; a refusal leaves as `CODE {figures}`, which is all a client gets to see of it. */
export async function transact<T>(context: Context, method: (transaction: Transaction) => Promise<T>): Promise<string> {
  try {
    return toJson(await gateOf(context).pass(() => method(transactionOf(context))));
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

function gateOf({ stub }: Context): Gate {
  const { handler } = stub as unknown as { readonly handler: object };
  const gate = gates.get(handler) ?? new Gate({ atOnce: SIMULATIONS_AT_ONCE, patienceMs: PATIENCE_MS });
  gates.set(handler, gate);
  return gate;
}

/** What a transaction was called with after its name. */
export function givenTo(stub: Context['stub']): readonly Uint8Array[] {
  // Missing in the shim's types.
  return (stub as unknown as { readonly getBufferArgs: () => readonly Uint8Array[] }).getBufferArgs().slice(1);
}

function transactionOf({ stub, clientIdentity }: Context): Transaction {
  return {
    given: givenTo(stub),
    state: fabricState(stub),
    submitter: clientIdentity.getMSPID(),
    now: stub.getDateTimestamp().getTime(),
    emit: (event) => stub.setEvent(EVENT, Buffer.from(toJson(event))),
  };
}
