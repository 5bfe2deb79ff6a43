import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { PeerHeights } from '../../gateway-api/src/fabric/peer-heights.ts';
import { monitorReadiness } from '../../gateway-api/src/readiness.ts';

describe('readiness', () => {
  it('begins when the index has every block there is, since an earlier process may have told of them; later some may be missing', async () => {
    let block = 8;
    const heights = new PeerHeights();
    const index = { block: () => block, fault: () => undefined, clock: () => new Date().toISOString() };
    const monitor = monitorReadiness({ organizationId: 'NorthPay', ledger: 'testledger', index, heights, client: { ledger: () => Promise.resolve({ ledger: 'testledger' }) } });
    await pause(10);
    heights.saw('NorthPay', 9);
    expect(monitor.now().reasons).to.deep.equal(['INDEX_BEHIND']);
    block = 9;
    expect(monitor.now().reasons).to.deep.equal([]);
    heights.saw('NorthPay', 29);
    expect(monitor.now().reasons).to.deep.equal([]);
    heights.saw('NorthPay', 30);
    expect(monitor.now().reasons).to.deep.equal(['INDEX_BEHIND']);
    monitor.close();
  });
});
