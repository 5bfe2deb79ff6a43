import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { PeerHeights } from '../../gateway-api/src/fabric/peer-heights.ts';
import { monitorReadiness, type ReadinessMonitor } from '../../gateway-api/src/readiness.ts';

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

  describe('against other peers', () => {
    let time: SinonFakeTimers;
    let heights: PeerHeights;
    let monitor: ReadinessMonitor;

    beforeEach(async () => {
      heights = new PeerHeights();
      for (const organization of ['NorthPay', 'EastPay', 'WestPay']) heights.saw(organization, 9);
      const index = { block: () => 9, fault: () => undefined, clock: () => new Date().toISOString() };
      monitor = monitorReadiness({ organizationId: 'NorthPay', ledger: 'testledger', index, heights, client: { ledger: () => Promise.resolve({ ledger: 'testledger' }) } });
      await pause(10);
      time = useFakeTimers({ now: Date.now() + 11_000, toFake: ['Date'] });
    });

    afterEach(() => {
      time.restore();
      monitor.close();
    });

    it('is not made unready by the word of one, whether it is alive or not', () => {
      const expectReady = (): void => {
        for (let look = 0; look < 3; look++) {
          expect(monitor.now().reasons).to.deep.equal([]);
          time.tick(10_001);
        }
      };
      heights.saw('WestPay', 1_000_000_000);
      expectReady();
      heights.lost('EastPay');
      expectReady();
      heights.lost('WestPay');
      heights.saw('EastPay', 10);
      expectReady();
    });

    it('is behind when most of the living have had more for 10 s and the own peer stands still, however long it was quiet before', () => {
      heights.saw('EastPay', 10);
      heights.saw('WestPay', 10);
      expect(monitor.now().reasons).to.deep.equal([]);
      time.tick(10_001);
      expect(monitor.now().reasons).to.deep.equal(['PEER_BEHIND']);
      heights.saw('NorthPay', 10);
      expect(monitor.now().reasons).to.deep.equal([]);
    });

    it('forgets a peer that is followed no longer', () => {
      heights.saw('EastPay', 10);
      heights.saw('WestPay', 10);
      expect(monitor.now().reasons).to.deep.equal([]);
      heights.forget('WestPay');
      time.tick(10_001);
      expect(heights.of('WestPay').block).to.equal(-1);
      expect(monitor.now().reasons).to.deep.equal([]);
    });
  });
});
