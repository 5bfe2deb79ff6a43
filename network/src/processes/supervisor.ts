import type { Say } from '../progress.ts';
import { reason } from '../failure.ts';
import { shorten } from './log-file.ts';
import type { ProcessIdentity } from './identity.ts';
import type { Answer, Request } from './protocol.ts';
import { sameSpecification, type Specification } from './specification.ts';
import { SupervisedProcess } from './supervised-process.ts';

export interface Supervisor {
  readonly handle: (request: Request) => Promise<Answer>;
  /** Shortens logs that have grown too long. */
  readonly tidy: () => void;
}

export interface SupervisorOptions {
  readonly say: Say;
  /** Called with every process there is whenever one of them changes. */
  readonly record: (nodes: Readonly<Record<string, ProcessIdentity>>) => void;
}

/** Keeps the processes of one network running. Requests about a node are served one after the other. */
export function supervisor({ say, record }: SupervisorOptions): Supervisor {
  const processes = new Map<string, SupervisedProcess>();
  const queues = new Map<string, Promise<unknown>>();

  const changed = (): void => {
    const entries = [...processes].flatMap(([node, it]) => (it.identity === undefined ? [] : [[node, it.identity] as const]));
    record(Object.fromEntries(entries));
  };

  const inTurn = (node: string, work: () => Promise<void>): Promise<void> => {
    const turn = (queues.get(node) ?? Promise.resolve()).then(work);
    queues.set(node, turn.catch(() => undefined));
    return turn;
  };

  const known = (node: string): SupervisedProcess => {
    const found = processes.get(node);
    if (found === undefined) throw new Error(`${node} was not started in this network`);
    return found;
  };

  const ensure = async (specification: Specification): Promise<void> => {
    const { node } = specification;
    const present = processes.get(node);
    if (present === undefined) {
      const added = new SupervisedProcess(specification, say, changed);
      processes.set(node, added);
      added.start();
      return;
    }
    if (!sameSpecification(present.specification, specification)) await present.stop();
    present.start(specification);
  };

  const restart = async (node: string, specification: Specification | undefined): Promise<void> => {
    const present = processes.get(node);
    if (present === undefined && specification !== undefined) return ensure(specification);
    await known(node).stop();
    known(node).start(specification);
  };

  const serve = async (request: Request): Promise<void> => {
    switch (request.verb) {
      case 'list': return;
      case 'ensure': return inTurn(request.specification.node, () => ensure(request.specification));
      case 'restart': return inTurn(request.node, () => restart(request.node, request.specification));
      case 'stop': return inTurn(request.node, () => known(request.node).stop());
      case 'kill': {
        if (!known(request.node).kill()) throw new Error(`${request.node} is not running`);
        return;
      }
      case 'shutdown': return stopAll(processes);
    }
  };

  return {
    handle: async (request) => {
      try {
        await serve(request);
        return { ok: true, nodes: [...processes.values()].map((it) => it.describe()) };
      } catch (error) {
        return { ok: false, problem: reason(error) };
      }
    },
    tidy: () => {
      for (const { specification: { node, log } } of processes.values()) {
        try {
          shorten(log);
        } catch (error) {
          say(`the log of ${node} could not be shortened: ${reason(error)}`);
        }
      }
    },
  };
}

/** Gateways first, so that what they have in hand still finds the peers; then the rest at once. */
async function stopAll(processes: ReadonlyMap<string, SupervisedProcess>): Promise<void> {
  const entries = [...processes];
  const isGateway = ([node]: readonly [string, SupervisedProcess]): boolean => node.startsWith('gateway.');
  await Promise.all(entries.filter(isGateway).map(([, it]) => it.stop()));
  await Promise.all(entries.filter((it) => !isGateway(it)).map(([, it]) => it.stop()));
}
