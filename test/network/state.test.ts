import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { metric } from '../../network/src/channel/vitals.ts';
import { gatewayConfig } from '../../network/src/config/gateway-config.ts';
import { paths } from '../../network/src/config/paths.ts';
import { NetworkFailure } from '../../network/src/failure.ts';
import { networkOf, settle, withJoining, withMember, withoutMember, type Manifest } from '../../network/src/manifest.ts';
import { locked } from '../../network/src/processes/lock.ts';
import { PORT_SPAN, ports, topology } from '../../network/src/topology.ts';

describe('state of a network', () => {
  it('keeps the control socket within what the kernel takes', () => {
    const socket = (state: string): string => paths(state, '/tmp').supervisor.socket;
    expect(socket('/short')).to.equal('/short/supervisor.sock');
    expect(Buffer.byteLength(socket(`/${'long/'.repeat(30)}`))).to.be.below(100);
  });

  it('remembers ports and profile, and refuses others', () => {
    const held = { name: 'a', basePort: 18_000, profile: 'raft' } as const;
    expect(settle({ name: 'a' }, held)).to.deep.equal(held);
    expect(settle({ name: 'a' }, undefined)).to.deep.equal({ name: 'a', basePort: 17_000, profile: 'single' });
    expect(() => settle({ name: 'a', basePort: 19_000 }, held)).to.throw(NetworkFailure, 'cannot change');
    expect(() => settle({ name: 'a', profile: 'bft' }, held)).to.throw(NetworkFailure, 'cannot change');
  });

  it('has an organization that joins only once it has joined, and no longer who was removed', () => {
    const ids = (manifest: Manifest, joining?: string) => networkOf(manifest, joining).paymentSystems.map((it) => it.organizationId);
    const held: Manifest = { name: 'a', basePort: 18_000, profile: 'single' };
    const joining = withJoining(held, 'SouthPay', 'South Pay');
    expect(withJoining(joining, 'SouthPay', 'South Pay'), 'again').to.deep.equal(joining);
    expect(ids(joining)).to.deep.equal(['NorthPay', 'EastPay', 'WestPay']);
    expect(ids(joining, 'SouthPay')).to.deep.equal(['NorthPay', 'EastPay', 'WestPay', 'SouthPay']);
    const joined = withMember(joining, 'SouthPay');
    expect(ids(joined)).to.deep.equal(['NorthPay', 'EastPay', 'WestPay', 'SouthPay']);
    expect(ids(withoutMember(withoutMember(joined, 'EastPay'), 'EastPay'))).to.deep.equal(['NorthPay', 'WestPay', 'SouthPay']);
    expect(settle({ name: 'a' }, joined)).to.deep.equal(joined);
  });

  it('has ports for some organizations more, of their own', () => {
    let held: Manifest = { name: 'a', basePort: 18_000, profile: 'bft' };
    for (const id of ['Fourth', 'Fifth', 'Sixth']) held = withMember(withJoining(held, id, id), id);
    const all = ports(networkOf(held)).map(({ port }) => port);
    expect(new Set(all).size).to.equal(all.length);
    expect(Math.max(...all)).to.be.below(18_000 + PORT_SPAN);
    expect(() => withJoining(held, 'Seventh', 'Seventh')).to.throw(NetworkFailure, 'used up');
  });

  it('tells a gateway of its own peer first', () => {
    const network = topology({ name: 'a' });
    for (const member of network.paymentSystems) {
      const { fabric, ledger, organizationId } = gatewayConfig(network, member, paths('/state', '/tmp'));
      expect(ledger).to.equal('a');
      expect(fabric.peers.map((it) => it.organizationId)).to.have.members(['NorthPay', 'EastPay', 'WestPay']);
      expect(fabric.peers[0]?.organizationId).to.equal(organizationId);
    }
  });

  it('reads the metric of the channel asked for', () => {
    const text = '# HELP ledger_blockchain_height Height\nledger_blockchain_height{channel="other"} 3\nledger_blockchain_height{channel="tallystick"} 1.2e+03\n';
    expect(metric(text, 'ledger_blockchain_height', 'tallystick')).to.equal(1200);
    expect(metric(text, 'ledger_blockchain_height', 'none')).to.equal(undefined);
  });
});

describe('command lock', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tallystick-lock-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('lets one command at a time change a network', async () => {
    const lock = join(folder, 'lock');
    await locked(lock, async () => {
      let refused: unknown;
      await locked(lock, () => Promise.resolve()).catch((error: unknown) => (refused = error));
      expect(refused).to.be.instanceOf(NetworkFailure);
    });
    expect(await locked(lock, () => Promise.resolve('free again'))).to.equal('free again');
  });

  it('takes over from a command that died', async () => {
    const lock = join(folder, 'lock');
    writeFileSync(lock, JSON.stringify({ pid: 1, started: 'long ago' }));
    expect(await locked(lock, () => Promise.resolve('taken'))).to.equal('taken');
  });
});
