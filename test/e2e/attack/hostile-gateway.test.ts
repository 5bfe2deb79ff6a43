import { readFileSync } from 'node:fs';
import type { Transaction } from '@hyperledger/fabric-gateway';
import { common, peer } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import type { IncomingHints } from '../../../chaincode/src/ledger/packed-batch.ts';
import { packText } from '../../../chaincode/src/ledger/packed-batch.ts';
import { createKey, freeze, issue, register, renewCertificate, revokeCertificate, signInstruction, type Signer } from '../../../client/src/index.ts';
import { validationName } from '../../../gateway-api/src/fabric/block.ts';
import { LEDGER, openConsortium, type Consortium } from '../../support/consortium.ts';
import { derOf, enrol, newAccountId, signerOf, type Enrolled } from '../../support/enrolment.ts';
import { channelHeaderOf, endorsementsOf, readWriteSetOf, withEndorsements, withWrites } from '../../support/envelope.ts';
import { anyHolder, freeOf, fundDirectly, paymentOf, registerDirectly } from '../../support/hostile-world.ts';
import { detailsOf, envelopeOf, Hostile, transactionOf, type Brought } from '../../support/hostile.ts';
import { refusalCode, until } from '../../support/patience.ts';
import { atTime } from '../../support/proposal-change.ts';

const TOKEN = 'ATK@NorthPay';

/**
 * East Pay means ill: it has its gateway's Fabric identity, its peer, its CA and all its officers, and runs no gateway of
 * ours. It wants the money of an account of North Pay.
 */
describe('a hostile gateway', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let east: Hostile;
  let north: Hostile;
  let victim: Signer;
  let mallory: Signer;
  let malloryEnrolled: Enrolled;
  let held: { readonly payment: string; readonly expiring: string; readonly transactions: readonly Transaction[] };

  before(async () => {
    consortium = await openConsortium();
    east = consortium.hostile('EastPay');
    north = consortium.hostile('NorthPay');
    victim = await registerDirectly(consortium, 'NorthPay');
    const account = newAccountId('EastPay');
    malloryEnrolled = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: account });
    mallory = await signerOf(account, malloryEnrolled);
    expect(await recorded(await registration(account, malloryEnrolled))).to.equal('applied');
    await fundDirectly(consortium, TOKEN, victim.id, '1000');
    held = await holdBack();
  });

  const pay = (amount = '10', changes: { readonly signer?: Signer; readonly lifetimeMs?: number } = {}) =>
    paymentOf(consortium, changes.signer ?? victim, { payee: mallory.id, token: TOKEN, amount }, changes.lifetimeMs);
  const registration = async (account: string, { certificate, application }: Pick<Enrolled, 'certificate' | 'application'>, registrar?: Signer) => {
    const body = { account, roles: ['person' as const], holder: await anyHolder(), certificate: derOf(certificate), application };
    return (await signInstruction(registrar ?? (await consortium.signer('EastPay', 'registrar')), register, body, { ledger: LEDGER })).jws;
  };
  const codeIn = ({ answers }: Brought): string => {
    const [answer] = answers;
    if (answer === undefined) return 'recorded';
    return answer.refusal?.code ?? 'repeat';
  };
  /** Brings one instruction by way of East and answers the outcome that the ledger records. */
  const recorded = async (jws: string): Promise<string> => {
    const brought = await east.bring([jws]);
    expect(brought.validation, codeIn(brought)).to.equal('VALID');
    const { id, signer } = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as { id: string; signer: string };
    const outcome = await consortium.settled(() => north.query<{ refusal?: { code: string } } | null>('outcome', [id, signer]));
    return outcome === null ? 'none' : (outcome.refusal?.code ?? 'applied');
  };
  /** Brings one instruction and answers the refusal of which nothing is recorded. */
  const unrecorded = async (jws: string): Promise<string> => {
    const brought = await east.bring([jws]);
    expect(brought.validation).to.equal(undefined);
    return codeIn(brought);
  };
  const victimHas = () => consortium.settled(() => freeOf(north, victim.id, TOKEN));
  const leavesTheVictim = async (action: () => Promise<void>): Promise<void> => {
    const before = await victimHas();
    await action();
    expect(await victimHas()).to.equal(before);
  };

  /** Two payments endorsed in time and kept back, one of which expires in the meantime. */
  async function holdBack(): Promise<typeof held> {
    const payment = await pay('1');
    const expiring = await pay('2', { lifetimeMs: 3_000 });
    return { payment, expiring, transactions: [await east.endorse([payment], { lane: 6 }), await east.endorse([expiring], { lane: 7 })] };
  }

  describe('cannot forge', () => {
    it("an instruction with another's name and its own key", () => leavesTheVictim(async () => {
      expect(await unrecorded(await pay('10', { signer: { ...mallory, id: victim.id } }))).to.equal('CERTIFICATE_UNKNOWN');
      expect(await unrecorded(await pay('10', { signer: { ...mallory, id: victim.id, thumbprint: victim.thumbprint } }))).to.equal('SIGNATURE_INVALID');
    }));

    it('an instruction with a certificate that its own CA made out to the victim', () => leavesTheVictim(async () => {
      const enrolled = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: victim.id });
      expect(await unrecorded(await pay('10', { signer: await signerOf(victim.id, enrolled) }))).to.equal('CERTIFICATE_UNKNOWN');
    }));

    it('the signature of another organization\'s officer', async () => {
      const enrolled = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: 'issuer@NorthPay' });
      const issuer = await signerOf('issuer@NorthPay', enrolled);
      const { jws } = await signInstruction(issuer, issue, { token: TOKEN, account: mallory.id, amount: '1000' }, { ledger: LEDGER });
      expect(await unrecorded(jws)).to.equal('CERTIFICATE_UNKNOWN');
    });

    it('the endorsement of a second organization', () => leavesTheVictim(async () => {
      const alone = await east.endorse([await pay()], { organizations: ['EastPay'] });
      expect(await east.send(alone)).to.equal('ENDORSEMENT_POLICY_FAILURE');
      const [own] = endorsementsOf(envelopeOf(await east.endorse([await pay()], { organizations: ['EastPay'] })));
      const doubled = await east.endorse([await pay()], { organizations: ['EastPay'] });
      const envelope = withEndorsements(envelopeOf(doubled), [...endorsementsOf(envelopeOf(doubled)), ...endorsementsOf(envelopeOf(doubled)), ...(own === undefined ? [] : [own])]);
      expect(await east.send(transactionOf(east, envelope, doubled.getTransactionId()))).to.equal('ENDORSEMENT_POLICY_FAILURE');
    }));
  });

  describe('cannot alter', () => {
    it('what a signer has signed', () => leavesTheVictim(async () => {
      const [header, payload = '', signature] = (await pay('10')).split('.');
      const text = Buffer.from(payload, 'base64url').toString();
      const altered = [header, Buffer.from(text.replace('"amount":"10"', '"amount":"11"')).toString('base64url'), signature].join('.');
      expect(await unrecorded(altered)).to.equal('SIGNATURE_INVALID');
    }));

    it('what two organizations have endorsed', () => leavesTheVictim(async () => {
      const endorsed = await east.endorse([await pay()]);
      const more = withWrites(envelopeOf(endorsed), (key, value) => (key.startsWith(`s/${mallory.id}`) ? value.replace(/"sum":"\d+"/, '"sum":"1000000"') : value));
      expect([...(readWriteSetOf(more)?.writes.values() ?? [])].some((value) => value?.includes('1000000'))).to.equal(true);
      expect(await east.send(transactionOf(east, more, endorsed.getTransactionId()))).to.equal('ENDORSEMENT_POLICY_FAILURE');
      expect(await consortium.settled(() => freeOf(north, mallory.id, TOKEN)) < 1_000n).to.equal(true);
    }));

    it("the time of a transaction, beyond the endorsers' own clocks", async () => {
      for (const offset of [-60_000, 60_000]) {
        const proposal = east.proposeBatch([await pay()]);
        const moved = east.gateway.newProposal(atTime(proposal.getBytes(), Date.now() + offset));
        expect(await moved.endorse().then(() => 'endorsed', detailsOf)).to.match(/incorrect timestamp|TIME_SKEWED/);
      }
    });
  });

  describe('cannot replay', () => {
    it('a signed instruction, through whatever gateway and lane', async () => {
      const payment = await pay('5');
      const before = await victimHas();
      expect((await north.bring([payment], { lane: 1 })).validation).to.equal('VALID');
      for (const lane of [1, 2]) {
        const again = await east.bring([payment], { lane });
        expect({ validation: again.validation, code: codeIn(again) }).to.deep.equal({ validation: undefined, code: 'repeat' });
      }
      expect(await victimHas()).to.equal(before - 5n);
    });

    it('an instruction that stands in one batch many times', async () => {
      const payment = await pay('5');
      const before = await victimHas();
      const brought = await east.bring([payment, payment, payment]);
      expect(brought.answers.map(({ index, repeat }) => [index, repeat !== undefined])).to.deep.equal([[1, true], [2, true]]);
      expect(await victimHas()).to.equal(before - 5n);
    });

    it('an instruction on two ways at once: one of them conflicts', async () => {
      const payment = await pay('5');
      const before = await victimHas();
      const ways = await Promise.all([east.endorse([payment], { lane: 3 }), north.endorse([payment], { lane: 4 })]);
      const codes = await Promise.all([east.send(ways[0]), north.send(ways[1])]);
      expect([...codes].sort()).to.deep.equal(['MVCC_READ_CONFLICT', 'VALID']);
      expect(await victimHas()).to.equal(before - 5n);
    });

    it('the same envelope, byte by byte', async () => {
      const before = await victimHas();
      const transaction = await north.endorse([await pay('5')]);
      expect(await north.send(transaction)).to.equal('VALID');
      const from = BigInt((await north.chain()).height);
      await transaction.submit();
      const copies = await until('a block with the copy', async () => {
        const found = (await north.blocks(from)).flatMap(validationsOf).filter(([id]) => id === transaction.getTransactionId());
        return found.length === 0 ? undefined : found;
      });
      expect(copies.map(([, code]) => code)).to.deep.equal(['DUPLICATE_TXID']);
      expect(await victimHas()).to.equal(before - 5n);
    });

    it('the envelope of another gateway under its own signature', () => leavesTheVictim(async () => {
      const transaction = await north.endorse([await pay('5')]);
      const stolen = transactionOf(east, envelopeOf(transaction), transaction.getTransactionId());
      expect(await stolen.submit().then(() => 'taken', detailsOf)).to.match(/status=FORBIDDEN/);
    }));
  });

  describe('cannot hide a balance', () => {
    let rich: Signer;
    const spend = (amount: string) => paymentOf(consortium, rich, { payee: mallory.id, token: TOKEN, amount });
    const seal = async (lane: number, amount: string): Promise<void> => {
      const payment = await paymentOf(consortium, victim, { payee: rich.id, token: TOKEN, amount });
      expect((await north.bring([payment], { lane })).validation).to.equal('VALID');
    };

    const hints: readonly (readonly [string, (slot: (lane: number) => string, name: string) => IncomingHints])[] = [
      ['no hint', () => ({})],
      ['a hint of nothing', (slot, name) => ({ [name]: { parcels: { [slot(1)]: 0, [slot(2)]: 0 }, slots: [] } })],
      ['a hint of more than there is', (slot, name) => ({ [name]: { parcels: { [slot(1)]: 1_000_000, [slot(2)]: 5 }, slots: [slot(1), slot(1), slot(3)] } })],
      ['a hint of slots that do not exist', (_, name) => ({ [name]: { parcels: { 'SouthPay.0': 3, 'NorthPay.99': 3 }, slots: ['SouthPay.0', 'NorthPay.99', ''] } })],
      ['hints for others', () => ({ 'x/y': { parcels: { 'NorthPay.1': 3 }, slots: ['NorthPay.1'] } })],
    ];
    for (const [name, hint] of hints) {
      it(`by ${name}: the refusal is exact, and the last unit can be spent`, async () => {
        rich = await registerDirectly(consortium, 'NorthPay');
        // Arrived in two lanes; one of them has a sealed parcel by now.
        await seal(1, '3');
        await seal(2, '4');
        await until('a parcel to be due', async () => ((await sinceOf(rich.id, 1)) ? true : undefined));
        await seal(1, '5');
        const incoming = hint((lane) => `NorthPay.${lane}`, `${rich.id}/${TOKEN}`);
        const refused = await spend('13');
        expect((await east.bring([refused], { lane: 5, incoming })).validation).to.equal('VALID');
        const { id } = JSON.parse(Buffer.from(refused.split('.')[1] ?? '', 'base64url').toString()) as { id: string };
        expect(await consortium.settled(() => north.query('outcome', [id, rich.id]))).to.deep.include({ refusal: { code: 'FUNDS_INSUFFICIENT', figures: { available: '12', required: '13' } } });
        expect((await east.bring([await spend('12')], { lane: 5, incoming })).validation).to.equal('VALID');
        expect(await consortium.settled(() => freeOf(north, rich.id, TOKEN))).to.equal(0n);
      });
    }

    /** Whether the first money in that slot is older than the second after which it is sealed. */
    const sinceOf = async (account: string, lane: number): Promise<boolean> => {
      const probe = await paymentOf(consortium, victim, { payee: account, token: TOKEN, amount: '1' });
      const writes = readWriteSetOf(envelopeOf(await north.endorse([probe], { lane })))?.writes ?? new Map<string, string>();
      return [...writes.keys()].some((key) => key.startsWith(`p/${account}/`));
    };
  });

  describe('cannot pass for another organization', () => {
    it('with its own certificate under the other name', async () => {
      const { gatewayIdentity, peer: own } = consortium.member('EastPay');
      const [certificate, privateKey] = [gatewayIdentity.certificate, gatewayIdentity.privateKey].map((path) => readFileSync(path, 'utf8')) as [string, string];
      const masked = new Hostile({ mspId: 'NorthPay', certificate, privateKey }, own, consortium.network.describe());
      expect(await masked.proposeBatch([await pay()]).endorse().then(() => 'endorsed', detailsOf)).to.match(/access denied|PERMISSION_DENIED|creator|authorize/i);
      masked.close();
    });

    it('in whose slots it cannot put money: the slot is the submitter, whatever the batch says', async () => {
      const { writes } = readWriteSetOf(envelopeOf(await east.endorse([await pay()], { lane: 2 }))) ?? { writes: new Map<string, string>() };
      expect([...writes.keys()].filter((key) => key.startsWith(`s/${mallory.id}/`))).to.deep.equal([`s/${mallory.id}/${TOKEN}/EastPay.2`]);
      const named = east.propose('instruction:apply', [packText(JSON.stringify({ instructions: [await pay()], lane: 2, slot: 'NorthPay.2' }))], ['NorthPay', 'EastPay']);
      expect(refusalCode(await named.endorse().then(() => 'endorsed', detailsOf))).to.equal('BATCH_MALFORMED');
      for (const lane of [-1, 8]) expect(refusalCode(await east.proposeBatch([await pay()], { lane }).endorse().then(() => 'endorsed', detailsOf))).to.equal('BATCH_MALFORMED');
    });
  });

  describe('cannot act for accounts and tokens that are not its own', () => {
    const officer = (name: 'registrar' | 'issuer' | 'administrator') => consortium.signer('EastPay', name);

    it("registers no account of another organization, with its own CA's certificate or not", async () => {
      const account = newAccountId('NorthPay');
      const enrolled = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: account });
      expect(await recorded(await registration(account, enrolled))).to.equal('OFFICER_ORGANIZATION_DIFFERS');
      const forged = await signerOf('registrar@NorthPay', await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: 'registrar@NorthPay' }));
      expect(await unrecorded(await registration(account, enrolled, forged))).to.equal('CERTIFICATE_UNKNOWN');
      expect(await consortium.settled(() => north.query('account', [account]))).to.equal(null);
    });

    it("registers no account with another CA's certificate, a taken key, or a key that the applicant has not proved", async () => {
      const account = newAccountId('EastPay');
      const foreign = await enrol(consortium.member('NorthPay'), { ledger: LEDGER, holder: account });
      expect(await recorded(await registration(account, foreign))).to.equal('CERTIFICATE_ISSUER');
      const again = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: account, key: malloryEnrolled.key });
      expect(await recorded(await registration(account, again))).to.equal('KEY_IN_USE');
      const one = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: account });
      const other = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: account, key: await createKey() });
      expect(await recorded(await registration(account, { certificate: one.certificate, application: other.application }))).to.equal('CERTIFICATE_PROOF');
      const elsewhere = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: newAccountId('EastPay') });
      expect(await recorded(await registration(account, elsewhere)), 'an application for another account').to.equal('CERTIFICATE_PROOF');
      expect(await consortium.settled(() => north.query('account', [account]))).to.equal(null);
    });

    it('issues no token, freezes no account and changes no certificate of another organization', async () => {
      const sign = async (name: 'registrar' | 'issuer', type: Parameters<typeof signInstruction>[1], body: unknown) => (await signInstruction(await officer(name), type, body, { ledger: LEDGER })).jws;
      const enrolled = await enrol(consortium.member('EastPay'), { ledger: LEDGER, holder: victim.id });
      const attempts = [
        await sign('issuer', issue as never, { token: TOKEN, account: mallory.id, amount: '1000' }),
        await sign('registrar', freeze as never, { account: victim.id, mode: 'full', reason: 'OTHER' }),
        await sign('registrar', revokeCertificate as never, { holder: victim.id, thumbprint: victim.thumbprint, reason: 'OTHER' }),
        await sign('registrar', renewCertificate as never, { holder: victim.id, supersedes: victim.thumbprint, certificate: derOf(enrolled.certificate), application: enrolled.application }),
      ];
      for (const attempt of attempts) expect(await recorded(attempt)).to.equal('OFFICER_ORGANIZATION_DIFFERS');
      expect(await consortium.settled(() => north.query('account', [victim.id]))).to.deep.include({ status: 'active' });
    });
  });

  describe('cannot move what the members move together', () => {
    it('the clock, before thirty seconds have passed since it was moved', async () => {
      // Whoever has ticked, and whether this one comes in time: the next is one too many.
      await east.tick();
      expect(await east.tick()).to.equal('CLOCK_TOO_EARLY');
    });

    it('the chaincode: only an admin approves for its organization, and one approval is no majority', async () => {
      const lifecycle = east.network.getContract('_lifecycle');
      const approval = lifecycle.newProposal('ApproveChaincodeDefinitionForMyOrg', { arguments: [new Uint8Array()], endorsingOrganizations: ['EastPay'] });
      expect(await approval.endorse().then(() => 'endorsed', detailsOf)).to.match(/access denied|Failed to authorize|permission/i);
      const definition = new peer.lifecycle.CommitChaincodeDefinitionArgs();
      definition.setName('tallystick');
      definition.setVersion('other');
      definition.setSequence(2);
      const commit = lifecycle.newProposal('CommitChaincodeDefinition', { arguments: [definition.serializeBinary()], endorsingOrganizations: ['NorthPay', 'EastPay'] });
      expect(await commit.endorse().then(() => 'endorsed', detailsOf)).to.match(/not agreed to by this org|ABORTED/i);
    });

    it('the founding', async () => {
      const { adminIdentity, peer: own } = consortium.member('EastPay');
      const [certificate, privateKey] = [adminIdentity.certificate, adminIdentity.privateKey].map((path) => readFileSync(path, 'utf8')) as [string, string];
      const admin = new Hostile({ mspId: 'EastPay', certificate, privateKey }, own, consortium.network.describe());
      const found = (by: Hostile) => by.propose('consortium:found', [`{"ledger":"${LEDGER}","organizations":[]}`], ['NorthPay', 'EastPay']).endorse().then(() => 'endorsed', detailsOf);
      expect(refusalCode(await found(admin))).to.equal('FOUNDING_CLOSED');
      expect(refusalCode(await found(east))).to.equal('FOUNDING_RIGHT');
      admin.close();
    });
  });

  describe('cannot delay', () => {
    it('what it was given endorsed past a tick of the clock; nor past its expiry, when it can never apply', async () => {
      const before = await victimHas();
      await until('a tick', async () => ((await north.tick()) === 'applied' ? true : undefined), 40_000);
      for (const transaction of held.transactions) expect(await east.send(transaction)).to.equal('MVCC_READ_CONFLICT');
      expect(await victimHas()).to.equal(before);
      expect(await recorded(held.expiring)).to.equal('INSTRUCTION_EXPIRED');
      expect(await recorded(held.payment)).to.equal('applied');
      expect(await victimHas()).to.equal(before - 1n);
    });
  });
});

function validationsOf(block: common.Block): readonly (readonly [string, string])[] {
  const codes = block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array();
  return (block.getData()?.getDataList_asU8() ?? []).map((bytes, index) => [channelHeaderOf(common.Envelope.deserializeBinary(bytes)).getTxId(), validationName(codes[index] ?? -1)]);
}
