import type { LedgerIndex } from '../index/ledger-index.ts';
import { sweptBy, wardsOf } from '../index/wards.ts';
import type { OverMark, OverPage } from '../index/over-query.ts';
import type { Log } from '../log.ts';
import type { Intake } from '../sequencer/intake.ts';
import type { SigningOfficer } from './officer.ts';

const LOOK_EVERY_MS = 5_000;
const MOST_AT_ONCE = 100;

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

/**
 * Ends settlements, holds, redemptions, disputes, recoveries and links of its organization's accounts, and what it proposed to the members, that are past their deadline, and moves on its clearing cycles, so that what was held
 * returns without anybody's goodwill. Anybody else may do the same; whoever is second is refused and nothing is lost.
 * Gathers their incoming money, so that an account that is paid all the time can pay.
 */
export function keepSweeping(options: SweeperOptions): { readonly close: () => void } {
  let sweeping = false;
  const timer = setInterval(() => {
    if (sweeping) return;
    sweeping = true;
    Promise.all([sweep(options), gatherIncoming(options)])
      .catch((error: unknown) => options.log.warn({ error }, 'what is due could not be done; trying again'))
      .finally(() => (sweeping = false));
  }, LOOK_EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** Answers how many were ended. */
export async function sweep({ organizationId, index, intake, officer, log }: SweeperOptions): Promise<number> {
  let ended = 0;
  for (const home of sweptBy(index, organizationId)) {
    for (const page of overAt(index, home)) {
      const answers = await Promise.all(page.map(({ type, body }) => intake.submit(officer.sign(type, body))));
      ended += answers.filter((answer) => answer.kind === 'recorded' && answer.instruction.refusal === undefined).length;
    }
  }
  if (ended > 0) log.info({ ended }, 'ended what is over');
  return ended;
}

/** Has the most crowded accounts take in what has arrived, one instruction each; what is left has its turn the next time. Answers for how many it was done. */
export async function gatherIncoming({ organizationId, index, intake, officer }: SweeperOptions): Promise<number> {
  const crowded = [organizationId, ...wardsOf(index, organizationId)].flatMap((home) => index.statements.crowded(home, MOST_AT_ONCE));
  const answers = await Promise.all(crowded.map((body) => intake.submit(officer.sign('balance.gather/1', body))));
  return answers.filter((answer) => answer.kind === 'recorded' && answer.instruction.refusal === undefined).length;
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
