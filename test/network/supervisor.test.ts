import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { identityOf, isAlive, type ProcessIdentity } from '../../network/src/processes/identity.ts';
import type { NodeState } from '../../network/src/processes/protocol.ts';
import { supervisor, type Supervisor } from '../../network/src/processes/supervisor.ts';
import type { Specification } from '../../network/src/processes/specification.ts';
import { waitFor } from '../../network/src/wait.ts';

const SLEEPER = 'console.log("started"); setInterval(() => undefined, 1000)';

describe('supervisor', () => {
  let folder: string;
  let keeper: Supervisor;
  let recorded: Readonly<Record<string, ProcessIdentity>>;
  let lines: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-supervisor-'));
    recorded = {};
    lines = [];
    keeper = supervisor({ say: (line) => lines.push(line), record: (nodes) => (recorded = nodes) });
  });
  afterEach(async () => {
    await keeper.handle({ verb: 'shutdown' });
    rmSync(folder, { recursive: true });
  });

  const sleeper = (revision = '1', program = SLEEPER): Specification => ({
    node: 'sleeper', command: process.execPath, args: ['-e', program], env: {}, cwd: folder, log: join(folder, 'sleeper.log'), revision,
  });

  const state = async (): Promise<NodeState> => {
    const answer = await keeper.handle({ verb: 'list' });
    const [first] = answer.ok ? answer.nodes : [];
    if (first === undefined) throw new Error('nothing is supervised');
    return first;
  };

  const runs = (matches: (it: NodeState) => boolean): Promise<NodeState> =>
    waitFor({ what: 'the state', next: '', timeout: 10_000, interval: 20 }, async () => {
      const now = await state();
      return now.state === 'running' && matches(now) ? now : undefined;
    });

  it('brings a killed process back, and says so', async () => {
    await keeper.handle({ verb: 'ensure', specification: sleeper() });
    const { pid } = await runs(() => true);
    await keeper.handle({ verb: 'kill', node: 'sleeper' });
    const after = await runs((it) => it.pid !== pid);
    expect(after.deaths).to.equal(1);
    expect(after.lastDeath).to.include('SIGKILL');
    expect(lines[0]).to.include('sleeper died (signal SIGKILL)');
  });

  it('shortens the log of a process that writes on', async () => {
    const specification = sleeper('1', 'process.stdout.write("x".repeat(21 * 1024 * 1024)); setInterval(() => console.log("later"), 20)');
    await keeper.handle({ verb: 'ensure', specification });
    const size = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;
    const patience = { what: 'the log', next: '', timeout: 10_000, interval: 20 };
    await waitFor(patience, () => Promise.resolve((size(specification.log) ?? 0) > 21 * 1024 * 1024 ? true : undefined));
    keeper.tidy();
    await waitFor(patience, () => Promise.resolve(readFileSync(specification.log, 'utf8').startsWith('later\n') ? true : undefined));
    expect(size(`${specification.log}.1`)).to.be.greaterThan(21 * 1024 * 1024);
    keeper.tidy();
    expect(size(specification.log)).to.be.greaterThan(0);
  });

  it('waits longer from death to death', async () => {
    await keeper.handle({ verb: 'ensure', specification: sleeper('1', 'process.exit(3)') });
    await waitFor({ what: 'three deaths', next: '', timeout: 10_000 }, async () => ((await state()).deaths >= 3 ? true : undefined));
    expect(lines.slice(0, 3).map((line) => /in ([\d.]+) s$/.exec(line)?.[1])).to.deep.equal(['0.25', '0.5', '1']);
  });

  it('leaves a running process alone when nothing changed, and starts it anew when something did', async () => {
    await keeper.handle({ verb: 'ensure', specification: sleeper('1') });
    const { pid } = await runs(() => true);
    await keeper.handle({ verb: 'ensure', specification: sleeper('1') });
    expect((await state()).pid).to.equal(pid);
    await keeper.handle({ verb: 'ensure', specification: sleeper('2') });
    const after = await runs((it) => it.revision === '2');
    expect(after.pid).to.not.equal(pid);
    expect(after.deaths).to.equal(0);
  });

  it('records who runs, so that an orphan can be told from a stranger with its number', async () => {
    await keeper.handle({ verb: 'ensure', specification: sleeper() });
    const identity = recorded['sleeper'];
    expect(identity === undefined ? undefined : isAlive(identity)).to.equal(true);
    expect(isAlive({ pid: identity?.pid ?? 0, started: 'another time' })).to.equal(false);
  });

  it('leaves nothing running after shutdown', async () => {
    await keeper.handle({ verb: 'ensure', specification: sleeper() });
    const { pid = 0 } = await runs(() => true);
    await keeper.handle({ verb: 'shutdown' });
    expect(identityOf(pid)).to.equal(undefined);
    expect(recorded).to.deep.equal({});
  });

  it('keeps what a process prints', async () => {
    await keeper.handle({ verb: 'ensure', specification: sleeper() });
    const log = join(folder, 'sleeper.log');
    await waitFor({ what: 'the log', next: '', timeout: 5000 }, async () => (readFileSync(log, 'utf8').includes('started') ? true : undefined));
  });

  it('refuses to restart a node it does not know', async () => {
    expect(await keeper.handle({ verb: 'restart', node: 'peer.Nowhere' })).to.deep.equal({ ok: false, problem: 'peer.Nowhere was not started in this network' });
  });
});
