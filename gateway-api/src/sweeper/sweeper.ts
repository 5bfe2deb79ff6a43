import { organizationOf } from '@tallystick/chaincode/domain';
import type { LedgerIndex } from '../index/ledger-index.ts';
import { endOfBlock } from '../index/entry-id.ts';
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

/** What is over by the ledger clock, and the instruction that ends it. */
interface Over {
  readonly type: string;
  readonly body: object;
}

/**
 * Ends settlements, holds and disputes of its organization's accounts that are past their deadline, so that what was held
 * returns without anybody's goodwill. Anybody else may do the same; whoever is second is refused and nothing is lost.
 */
export function keepSweeping(options: SweeperOptions): { readonly close: () => void } {
  let sweeping = false;
  const timer = setInterval(() => {
    if (sweeping) return;
    sweeping = true;
    sweep(options)
      .catch((error: unknown) => options.log.warn({ error }, 'what is over could not be ended; trying again'))
      .finally(() => (sweeping = false));
  }, LOOK_EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** Answers how many were ended. */
export async function sweep({ organizationId, index, intake, officer, log }: SweeperOptions): Promise<number> {
  const over = overAt(index, organizationId);
  const answers = await Promise.all(over.map(({ type, body }) => intake.submit(officer.sign(type, body))));
  const ended = answers.filter((answer) => answer.kind === 'recorded' && answer.instruction.refusal === undefined).length;
  if (ended > 0) log.info({ ended }, 'ended what is over');
  return ended;
}

export function overAt({ objects, block, clock }: Pick<LedgerIndex, 'objects' | 'block' | 'clock'>, organizationId: string): readonly Over[] {
  const now = clock();
  if (now === undefined) return [];
  const page = { before: endOfBlock(block()), limit: MOST_AT_ONCE };
  const past = { 'deadline<=': now };
  const isOwn = (account: string) => organizationOf(account) === organizationId;
  const settlements = objects.settlements.list(past, page).items.filter(({ debtor }) => isOwn(debtor));
  const holds = objects.holds.list(past, page).items.filter(({ payer }) => isOwn(payer));
  const bills = objects.bills.list(past, page).items.filter(({ debtor }) => isOwn(debtor));
  return [
    ...settlements.map(({ id, debtor, creditor }) => ({ type: 'settlement.expire/1', body: { settlement: id, debtor, creditor } })),
    ...holds.map(({ id, payer }) => ({ type: 'hold.expire/1', body: { hold: id, payer } })),
    ...bills.map(({ id, debtor }) => ({ type: 'dispute.expire/1', body: { bill: id, debtor } })),
  ];
}
