import { expect } from 'chai';
import { nodeNames, orderers, organizations, PORT_SPAN, ports, PROFILE_NAMES, topology } from '../../network/src/topology.ts';

describe('topology', () => {
  for (const profile of PROFILE_NAMES) {
    it(`gives every listener of profile ${profile} a port of its own within the span`, () => {
      const all = ports(topology({ basePort: 17_000, profile })).map((it) => it.port);
      expect(new Set(all).size).to.equal(all.length);
      expect(Math.min(...all)).to.be.at.least(17_000);
      expect(Math.max(...all)).to.be.below(17_000 + PORT_SPAN);
    });

    it(`names every node of profile ${profile} once`, () => {
      const names = nodeNames(topology({ profile }));
      expect(new Set(names).size).to.equal(names.length);
    });
  }

  it('keeps two networks a span apart from each other', () => {
    const first = ports(topology({ basePort: 17_000, profile: 'bft' })).map((it) => it.port);
    const second = ports(topology({ basePort: 17_000 + PORT_SPAN, profile: 'bft' })).map((it) => it.port);
    expect(first.filter((port) => second.includes(port))).to.deep.equal([]);
  });

  it('has the same payment systems on the same ports in every profile', () => {
    const [single, ...others] = PROFILE_NAMES.map((profile) => topology({ profile }).paymentSystems);
    for (const other of others) expect(other).to.deep.equal(single);
  });

  it('has one, three, and four orderers, the four in four organizations', () => {
    const count = PROFILE_NAMES.map((profile) => [profile, orderers(topology({ profile })).length, topology({ profile }).ordering.length]);
    expect(count).to.deep.equal([['single', 1, 1], ['raft', 3, 1], ['bft', 4, 4]]);
  });

  it('keeps a root for users in the payment systems alone', () => {
    const withUsers = organizations(topology()).filter((it) => it.roots.includes('user')).map((it) => it.organizationId);
    expect(withUsers).to.deep.equal(['NorthPay', 'EastPay', 'WestPay']);
  });
});
