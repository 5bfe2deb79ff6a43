import { connectOwn } from '../ledger-state.ts';
import { closedLoop, type Measured } from '../measure.ts';
import type { Ground } from '../provision.ts';

const WORKERS = 32;
const WARM_UP_SECONDS = 2;
const SECONDS = 15;
const PAYERS = 200;

/** The usual token contract on the same network: payers to one account, one transfer per transaction, tried again after a conflict. */
export async function baseline({ members }: Ground): Promise<Measured> {
  const [member] = members;
  if (member === undefined) throw new Error('no organization');
  const connection = connectOwn(member);
  const endorsingOrganizations = members.slice(0, 2).map(({ organizationId }) => organizationId);
  const submit = (name: string, given: readonly string[]) => connection.contract.submit(`baseline:${name}`, { arguments: [...given], endorsingOrganizations });
  for (let first = 0; first < PAYERS; first += WORKERS) {
    await Promise.all(Array.from({ length: WORKERS }, (_, offset) => submit('mint', [`payer${first + offset}`, '1000000000'])));
  }
  const send = async (worker: number) => {
    const payer = `payer${(worker * 7 + Math.floor(performance.now())) % PAYERS}`;
    const isCommitted = await submit('transfer', [payer, 'merchant', '1']).then(() => true, () => false);
    return { committed: isCommitted ? 1 : 0, refused: isCommitted ? 0 : 1 };
  };
  try {
    return await closedLoop({ seconds: SECONDS, warmUpSeconds: WARM_UP_SECONDS, workers: WORKERS, send });
  } finally {
    connection.close();
  }
}
