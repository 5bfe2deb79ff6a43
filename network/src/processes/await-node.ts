import type { Paths } from '../config/paths.ts';
import { NetworkFailure } from '../failure.ts';
import { readIfThere } from '../files.ts';
import { waitFor } from '../wait.ts';
import { tell } from './control.ts';
import type { NodeState } from './protocol.ts';

/** A process that dies this often while one waits for it will not come. */
const TOO_OFTEN = 3;

/** Waits until a node answers `ask`; gives up early, with what the node said last, when it keeps dying. */
export async function awaitNode(files: Paths, node: string, ask: () => Promise<boolean>): Promise<void> {
  const before = (await stateOf(files, node))?.deaths ?? 0;
  await waitFor({ what: `an answer of ${node}`, next: `See \`logs ${node}\`.`, timeout: 60_000 }, async () => {
    const answers = await ask().catch(() => false);
    if (answers) return true;
    const state = await stateOf(files, node);
    if ((state?.deaths ?? 0) - before < TOO_OFTEN) return undefined;
    throw new NetworkFailure(`${node} keeps dying (last ${state?.lastDeath ?? ''}): ${lastWords(files, node)}`, `See \`logs ${node}\`.`);
  });
}

async function stateOf(files: Paths, node: string): Promise<NodeState | undefined> {
  return (await tell(files, { verb: 'list' })).find((it) => it.node === node);
}

/** The line that names the error, as far as one can tell it from the rest of a log. */
function lastWords(files: Paths, node: string): string {
  const lines = (readIfThere(files.log(node)) ?? '').split('\n').filter((line) => line.trim() !== '').slice(-30);
  return (lines.findLast((line) => /error|panic|fatal/i.test(line) && !/^\s+at /.test(line)) ?? lines.at(-1) ?? 'it said nothing').trim().slice(0, 300);
}
