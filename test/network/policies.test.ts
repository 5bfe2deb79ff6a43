import { expect } from 'chai';
import { parse } from 'yaml';
import { configtx } from '../../network/src/config/configtx.ts';
import { paths } from '../../network/src/config/paths.ts';
import { applicationPolicies, channelPolicies, ordererPolicies, orderingOrganizationPolicies, paymentSystemPolicies } from '../../network/src/config/policies.ts';
import { PROFILE_NAMES, topology } from '../../network/src/topology.ts';

interface Section {
  readonly [key: string]: unknown;
}

describe('policies', () => {
  for (const profile of PROFILE_NAMES) {
    const network = topology({ profile });
    const all = [
      channelPolicies(network), applicationPolicies(network), ordererPolicies(network),
      ...network.paymentSystems.map((it) => paymentSystemPolicies(it.organizationId)),
      ...network.ordering.map((it) => orderingOrganizationPolicies(it.organizationId)),
    ].flatMap((it) => Object.entries(it));

    it(`are explicit and name kinds of identity, never mere membership (${profile})`, () => {
      for (const [name, { Type, Rule }] of all) {
        expect(Type, name).to.equal('Signature');
        expect(Rule, name).to.match(/\.(admin|client|orderer|peer)'/).and.not.match(/\.member'/);
      }
    });
  }

  it('ask a majority of the peers to endorse, payments and chaincode alike', () => {
    const { Endorsement, LifecycleEndorsement } = applicationPolicies(topology());
    expect(Endorsement?.Rule).to.equal("OutOf(2, 'NorthPay.peer', 'EastPay.peer', 'WestPay.peer')");
    expect(LifecycleEndorsement?.Rule).to.equal(Endorsement?.Rule);
  });

  it('ask administrators of both sides to change the channel', () => {
    expect(channelPolicies(topology({ profile: 'bft' }))['Admins']?.Rule).to.equal(
      "AND(OutOf(2, 'NorthPay.admin', 'EastPay.admin', 'WestPay.admin'), OutOf(3, 'OrderingA.admin', 'OrderingB.admin', 'OrderingC.admin', 'OrderingD.admin'))",
    );
  });

  it('let nobody of an ordering organization submit as a payment system', () => {
    expect(applicationPolicies(topology())['Writers']?.Rule).to.not.include('Ordering');
  });
});

describe('channel configuration', () => {
  for (const profile of PROFILE_NAMES) {
    it(`names an anchor peer of each payment system and no global orderer address (${profile})`, () => {
      const network = topology({ profile });
      const { Profiles } = parse(configtx(network, paths('/state', '/tmp'))) as { Profiles: { Ledger: { Application: Section; Orderer: Section } } };
      const { Application, Orderer } = Profiles.Ledger;
      const anchors = (Application['Organizations'] as { AnchorPeers: { Port: number }[] }[]).map((it) => it.AnchorPeers[0]?.Port);
      expect(anchors).to.deep.equal(network.paymentSystems.map((it) => it.peer.port));
      expect(Orderer).to.not.have.property('Addresses');
      expect(Orderer['OrdererType']).to.equal(profile === 'bft' ? 'BFT' : 'etcdraft');
    });
  }
});
