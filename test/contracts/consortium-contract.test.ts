import { expect } from 'chai';
import { DEFAULT_RULES } from '../../chaincode/src/domain/index.ts';
import { encodeRecord } from '../../chaincode/src/ledger/records.ts';
import { foundingDocument, foundingMember } from '../support/founding.ts';
import { memoryPeer, type MemoryPeer, type Simulated } from '../support/memory-peer.ts';
import { creatorOf, type Creator } from '../support/proposal.ts';

const MEMBERS = ['EastPay', 'NorthPay', 'WestPay'];
const SECOND = 1_000;

describe('the consortium contract', () => {
  const admins: Record<string, Creator> = {};
  const clients: Record<string, Creator> = {};
  let document: string;
  let peer: MemoryPeer;

  before(async () => {
    for (const member of [...MEMBERS, 'SouthPay']) {
      admins[member] = await creatorOf(member, 'admin');
      clients[member] = await creatorOf(member, 'client');
    }
    document = await foundingDocument(MEMBERS);
  });

  beforeEach(() => {
    peer = memoryPeer();
  });

  const known = (creators: Record<string, Creator>, member: string): Creator => creators[member] ?? expect.fail(`no ${member}`);
  const vote = (member: string, text = document, creators = admins) =>
    peer.submit({ name: 'consortium:found', arguments: [text], creator: known(creators, member) });
  const founding = async () => (await peer.evaluate({ name: 'query:founding', creator: known(clients, 'EastPay') })).result;
  const refused = ({ status, message, writes, event }: Simulated, code: string, text: RegExp = /\{.*\}$/) => {
    expect(message).to.match(new RegExp(`^${code} ${text.source}`));
    expect({ status, writes: writes.size, event }).to.deep.equal({ status: 500, writes: 0, event: undefined });
  };

  describe('founding', () => {
    it('takes the vote of every member, and then the ledger is founded', async () => {
      expect(await vote('EastPay')).to.deep.include({ result: { founded: false }, event: { name: 'tallystick', payload: { v: 1, founded: false, vote: 'EastPay' } } });
      expect(await vote('NorthPay')).to.deep.include({ result: { founded: false } });
      expect(await founding()).to.deep.include({ founded: false });
      expect(await vote('WestPay')).to.deep.include({ result: { founded: true }, event: { name: 'tallystick', payload: { v: 1, founded: true, vote: 'WestPay' } } });
      expect(await founding()).to.deep.include({ founded: true });
      expect([...peer.entries.keys()]).to.include.members(['ledger', 'clock', ...MEMBERS.map((member) => `o/${member}`)]);
    });

    it('starts the clock at the time of the last vote', async () => {
      const time = Date.now() - 5 * SECOND;
      await vote('EastPay');
      await vote('NorthPay');
      await peer.submit({ name: 'consortium:found', arguments: [document], creator: known(admins, 'WestPay'), time });
      const { result } = await peer.evaluate({ name: 'query:ledger', creator: known(clients, 'EastPay') });
      expect(result).to.deep.equal({ ledger: 'testledger', rules: { ...DEFAULT_RULES, version: 1, activatedAt: time }, organizations: MEMBERS, inactive: {}, clock: new Date(time).toISOString() });
    });

    it('begins with the rules of the document, or with the usual ones', async () => {
      const rules = { ...DEFAULT_RULES, recoveryDelay: 60 };
      const text = await foundingDocument(MEMBERS, { rules });
      for (const member of MEMBERS) await vote(member, text);
      const { result } = await peer.evaluate({ name: 'query:rules', arguments: ['1'], creator: known(clients, 'EastPay') });
      expect(result).to.deep.include({ ...rules, version: 1 });
      expect((await peer.evaluate({ name: 'query:rules', arguments: ['2'], creator: known(clients, 'EastPay') })).result).to.equal(null);
      refused(await memoryPeer().submit({ name: 'consortium:found', arguments: [await foundingDocument(MEMBERS, { rules: { ...rules, votingTime: 1 } })], creator: known(admins, 'EastPay') }), 'FOUNDING_MALFORMED');
    });

    it('counts a member once, however often it votes', async () => {
      for (let time = 0; time < 3; time++) expect(await vote('EastPay')).to.deep.include({ result: { founded: false } });
    });

    it('counts only votes for the same document', async () => {
      const other = await foundingDocument(MEMBERS);
      await vote('EastPay', other);
      await vote('NorthPay');
      expect(await vote('WestPay')).to.deep.include({ result: { founded: false } });
      expect(await vote('EastPay')).to.deep.include({ result: { founded: true } });
    });

    it('is refused to whoever is not an admin of its organization, and to who is no member', async () => {
      refused(await vote('EastPay', document, clients), 'FOUNDING_RIGHT');
      refused(await vote('SouthPay'), 'FOUNDING_RIGHT');
    });

    it('is closed once the ledger is founded', async () => {
      for (const member of MEMBERS) await vote(member);
      refused(await vote('EastPay'), 'FOUNDING_CLOSED');
      refused(await vote('EastPay', await foundingDocument(['EastPay'])), 'FOUNDING_CLOSED');
    });

    const malformed: readonly (readonly [string, () => Promise<string>])[] = [
      ['is no JSON', async () => 'x'],
      ['is not canonical', async () => document.replace('{', '{ ')],
      ['has a member of the document too many', async () => document.replace(/^\{/, '{"a":1,')],
      ['names a member twice', async () => {
        const member = await foundingMember('EastPay');
        return foundingDocument([], { organizations: [member, member] });
      }],
      ['has one user CA certify for two members', async () => {
        const member = await foundingMember('EastPay');
        return foundingDocument([], { organizations: [member, { ...(await foundingMember('WestPay')), userCa: member.userCa }] });
      }],
      ['names nobody', () => foundingDocument([])],
      ['names its voter alone', () => foundingDocument(['EastPay'])],
    ];
    for (const [name, text] of malformed) it(`refuses a document that ${name}`, async () => refused(await vote('EastPay', await text()), 'FOUNDING_MALFORMED'));

    it('refuses a document whose officer was certified by another CA than its own', async () => {
      const [one, other] = [await foundingMember('EastPay'), await foundingMember('EastPay')];
      const text = await foundingDocument([], { organizations: [{ ...one, officers: other.officers }, await foundingMember('WestPay')] });
      await vote('WestPay', text);
      refused(await vote('EastPay', text), 'CERTIFICATE_ISSUER', /\{"officer":"administrator"\}/);
    });

    it('refuses a document that leaves a member without an administrator', async () => {
      const member = await foundingMember('EastPay');
      const officers = member.officers.map((officer) => ({ ...officer, roles: ['auditor' as const] }));
      const text = await foundingDocument([], { organizations: [{ ...member, officers }, await foundingMember('WestPay')] });
      await vote('WestPay', text);
      refused(await vote('EastPay', text), 'FOUNDING_MALFORMED', /\{"organization":"EastPay"\}/);
    });
  });

  describe('the clock', () => {
    let founded: number;
    const tick = (at: number, creator = known(clients, 'NorthPay')) => peer.submit({ name: 'consortium:tick', creator, time: at });

    beforeEach(async () => {
      founded = Date.now() - 8 * SECOND;
      for (const member of MEMBERS) await peer.submit({ name: 'consortium:found', arguments: [document], creator: known(admins, member), time: founded });
    });

    /** The clock lies back as if that much time had passed since the last tick. */
    const clockBack = (milliseconds: number) => {
      peer = memoryPeer({ state: new Map([...peer.entries, ['clock', encodeRecord('clock', [], Date.now() - milliseconds)]]) });
    };

    it('is not moved within thirty seconds of the last tick', async () => {
      refused(await tick(Date.now()), 'CLOCK_TOO_EARLY', /\{"clock":".*","time":".*"\}/);
      clockBack(29 * SECOND);
      refused(await tick(Date.now()), 'CLOCK_TOO_EARLY');
    });

    it('is moved to the time of the transaction by any member, an officer or not', async () => {
      clockBack(31 * SECOND);
      const time = Date.now();
      const clock = new Date(time).toISOString();
      const { result, event, writes } = await tick(time, known(clients, 'WestPay'));
      expect({ result, event }).to.deep.equal({ result: { clock }, event: { name: 'tallystick', payload: { v: 1, clock } } });
      expect([...writes.keys()]).to.deep.equal(['clock']);
    });

    it('is moved by no stranger, and not before the ledger is founded', async () => {
      clockBack(31 * SECOND);
      refused(await tick(Date.now(), known(clients, 'SouthPay')), 'SUBMITTER_UNKNOWN');
      peer = memoryPeer();
      refused(await tick(Date.now()), 'LEDGER_NOT_FOUNDED');
    });

    for (const [name, offset] of [['behind', -10.2 * SECOND], ['ahead of', 10.2 * SECOND]] as const) {
      it(`is not moved to a time more than ten seconds ${name} the endorser's own`, async () => {
        clockBack(60 * SECOND);
        refused(await tick(Date.now() + offset), 'TIME_SKEWED');
      });
    }

    it('never goes back', async () => {
      clockBack(-5 * SECOND);
      refused(await tick(Date.now()), 'CLOCK_TOO_EARLY');
    });
  });
});
