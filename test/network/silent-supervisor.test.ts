import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { NetworkFailure, openNetwork, type Network } from '../../network/src/index.ts';
import { identityOf } from '../../network/src/processes/identity.ts';
import { writeRecords } from '../../network/src/processes/records.ts';

const DEAF = 'require("node:net").createServer(() => undefined).listen(process.argv[1], () => console.log("ready"))';

describe('a supervisor that runs and does not answer', function () {
  this.timeout(60_000);
  let folder: string;
  let network: Network;
  let deaf: ChildProcess;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-deaf-'));
    network = openNetwork({ name: 'deaf', stateRoot: folder });
    mkdirSync(network.paths.state, { recursive: true });
    const { socket, records } = network.paths.supervisor;
    deaf = spawn(process.execPath, ['-e', DEAF, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(deaf.stdout ?? deaf, 'data');
    writeRecords(records, { supervisor: identityOf(deaf.pid ?? 0), nodes: {} });
  });
  after(() => {
    deaf.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is told of by what asks it, with what to do', async () => {
    const [isRunning, failure] = await Promise.all([network.isRunning(), network.status().then(() => undefined, (error: unknown) => error)]);
    expect(isRunning, 'silence is no end').to.equal(true);
    expect(failure).to.be.instanceOf(NetworkFailure);
    expect((failure as NetworkFailure).lines.join(' ')).to.match(/does not answer.*`down` ends it/);
  });

  it('is ended by down', async () => {
    const ended = once(deaf, 'exit');
    await network.down();
    await ended;
    expect(await network.isRunning()).to.equal(false);
  });
});
