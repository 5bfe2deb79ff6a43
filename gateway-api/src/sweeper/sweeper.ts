import { ERRORS, LedgerError, MAX_FOLD } from '@tallystick/chaincode/domain';
import { assertSpeaks } from '../http/signer-standing.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';
import { sweptBy, wardsOf } from '../index/wards.ts';
import type { OverMark, OverPage } from '../index/over-query.ts';
import type { Log } from '../log.ts';
import type { Intake, IntakeAnswer } from '../sequencer/intake.ts';
import { QueueFullError } from '../turned-away.ts';
import type { SigningOfficer } from './officer.ts';

const LOOK_EVERY_MS = 5_000;
const MOST_AT_ONCE = 100;
/** After this no more is gathered before the next look. */
const GATHER_MS = 4_000;
/** What was refused is left alone for so long: the ledger keeps each refusal. */
const REST_MS = 60_000;

export interface SweeperOptions {
  readonly organizationId: string;
  readonly index: LedgerIndex;
  readonly intake: Pick<Intake, 'submit'>;
  readonly officer: SigningOfficer;
  readonly log: Log;
}

/** The instruction that does what is due. */
interface Due {
  readonly type: string;
  readonly body: object;
}

/** Until when what was refused rests, by what it was. */
type Resting = Map<string, number>;

/**
 * Ends settlements, holds, redemptions, disputes, recoveries and links of its organization's accounts, and what it proposed to the members, that are past their deadline, and moves on its clearing cycles, so that what was held
 * returns without anybody's goodwill. Anybody else may do the same; whoever is second is refused and nothing is lost.
 * Gathers their incoming money, so that an account that is paid all the time can pay.
 */
export function keepSweeping(options: SweeperOptions): { readonly close: () => void } {
  let sweeping = false;
  let silent: string | undefined;
  const resting: Resting = new Map();
  const work = async (): Promise<void> => {
    const now = Date.now();
    for (const [name, until] of resting) if (until <= now) resting.delete(name);
    const before = silent;
    silent = silence(options);
    if (silent !== undefined && silent !== before) options.log.warn({ officer: options.officer.id, code: silent }, 'the officer of this gateway may not sign; what is over is left to others');
    if (silent === undefined) await Promise.all([sweep(options, resting), gatherIncoming(options, resting)]);
  };
  const timer = setInterval(() => {
    if (sweeping) return;
    sweeping = true;
    work()
      .catch((error: unknown) => options.log.warn({ error }, 'what is due could not be done; trying again'))
      .finally(() => (sweeping = false));
  }, LOOK_EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** Why the officer does not speak for its organization now; undefined: it does. */
function silence({ index, officer }: SweeperOptions): string | undefined {
  try {
    assertSpeaks(index, officer.id, officer.thumbprint);
    return undefined;
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

/** Answers how many were ended. */
async function sweep(options: SweeperOptions, resting: Resting): Promise<number> {
  let ended = 0;
  for (const home of sweptBy(options.index, options.organizationId)) {
    for (const page of overAt(options.index, home)) ended += await submitAll(options, page, resting);
  }
  if (ended > 0) options.log.info({ ended }, 'ended what is over');
  return ended;
}

/** Has the most crowded accounts take in what has arrived, an instruction each; then again those with more left than one instruction takes in. Answers how many were done. */
export async function gatherIncoming(options: SweeperOptions, resting: Resting = new Map()): Promise<number> {
  const { organizationId, index } = options;
  const homes = [organizationId, ...wardsOf(index, organizationId)];
  const until = Date.now() + GATHER_MS;
  let gathered = 0;
  for (let moreThan: number | undefined; ; moreThan = MAX_FOLD) {
    const crowded = homes.flatMap((home) => index.statements.crowded(home, MOST_AT_ONCE, moreThan));
    const done = await submitAll(options, crowded.map((body) => ({ type: 'balance.gather/1', body })), resting);
    gathered += done;
    if (done === 0 || Date.now() >= until) return gathered;
  }
}

/** Answers how many of what is due were done. What is refused rests. */
async function submitAll(options: SweeperOptions, due: readonly Due[], resting: Resting): Promise<number> {
  const tried = due.filter((each) => !resting.has(nameOf(each)));
  const answers = await Promise.all(tried.map((each) => submit(options, each)));
  const codes = answers.map(codeOf);
  tried.forEach((each, place) => codes[place] !== undefined && resting.set(nameOf(each), Date.now() + REST_MS));
  if (tried.length > 0 && codes.every((code) => code !== undefined)) options.log.warn({ type: tried[0]?.type, code: codes[0], refused: codes.length }, 'all that is due was refused');
  return answers.filter((answer) => answer?.kind === 'recorded' && answer.instruction.refusal === undefined).length;
}

/** Undefined: there is no room for it now; others may have some. */
async function submit({ intake, officer }: SweeperOptions, { type, body }: Due): Promise<IntakeAnswer | undefined> {
  try {
    return await intake.submit(officer.sign(type, body));
  } catch (error) {
    if (error instanceof QueueFullError) return undefined;
    throw error;
  }
}

/** Of a refusal that will not pass in a moment. */
function codeOf(answer: IntakeAnswer | undefined): string | undefined {
  const { refusal } = answer?.kind === 'recorded' ? answer.instruction : answer?.kind === 'unrecorded' ? answer : {};
  return refusal === undefined || ERRORS[refusal.code].status === 503 ? undefined : refusal.code;
}

/** The same whatever has arrived meanwhile. */
function nameOf({ type, body }: Due): string {
  return `${type} ${JSON.stringify({ ...body, parcels: undefined })}`;
}

/** Pages of what is over, oldest deadline first, each read when it is asked for. What could not be ended holds nothing up. */
export function* overAt({ objects: { over }, clock }: Pick<LedgerIndex, 'objects' | 'clock'>, home: string, limit = MOST_AT_ONCE): Generator<readonly Due[]> {
  const until = clock();
  if (until === undefined) return;
  const request = { home, until, limit };
  yield* pages((after) => over.settlements({ ...request, after }), ({ id, debtor, creditor }) => ({ type: 'settlement.expire/1', body: { settlement: id, debtor, creditor } }));
  yield* pages((after) => over.holds({ ...request, after }), ({ id, payer }) => ({ type: 'hold.expire/1', body: { hold: id, payer } }));
  yield* pages((after) => over.redemptions({ ...request, after }), ({ id, holder }) => ({ type: 'redemption.expire/1', body: { redemption: id, holder } }));
  yield* pages((after) => over.proposals({ ...request, after }), ({ id }) => ({ type: 'consortium.expire/1', body: { proposal: id } }));
  yield* pages((after) => over.bills({ ...request, after }), ({ id, debtor }) => ({ type: 'dispute.expire/1', body: { bill: id, debtor } }));
  yield* pages((after) => over.clearings({ ...request, after }), ({ id }) => ({ type: 'clearing.proceed/1', body: { clearing: id } }));
  yield* pages((after) => over.recoveries({ ...request, after }), ({ id, account }) => ({ type: 'recovery.expire/1', body: { recovery: id, account } }));
  yield* pages((after) => over.links({ ...request, after }), ({ id, proposer, account }) => ({ type: 'link.expire/1', body: { link: id, proposer, account } }));
}

function* pages<T>(list: (after: OverMark | undefined) => OverPage<T>, end: (object: T) => Due): Generator<readonly Due[]> {
  let after: OverMark | undefined;
  do {
    const { items, next } = list(after);
    if (items.length > 0) yield items.map(end);
    after = next;
  } while (after !== undefined);
}
