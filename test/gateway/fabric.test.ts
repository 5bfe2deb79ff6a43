import { verify, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { EndorsementPlan, REST_MS } from '../../gateway-api/src/fabric/endorsement-plan.ts';
import { failureOf, refusalIn } from '../../gateway-api/src/fabric/failure.ts';
import { oddOnesOut } from '../../gateway-api/src/fabric/odd-one-out.ts';
import { PeerHeights } from '../../gateway-api/src/fabric/peer-heights.ts';
import { nativeSigner } from '../../gateway-api/src/fabric/signer.ts';

describe('planning endorsements', () => {
  const organizations = ['NorthPay', 'EastPay', 'WestPay'];
  let now: number;
  let dead: string[];
  let plan: EndorsementPlan;

  beforeEach(() => {
    [now, dead] = [0, []];
    plan = new EndorsementPlan(organizations, (organization) => !dead.includes(organization), () => now);
  });

  it('asks its own organization and another, which changes with the lane', () => {
    expect([plan.choose(0), plan.choose(1)]).to.deep.equal([['NorthPay', 'EastPay'], ['NorthPay', 'WestPay']]);
  });

  it('goes round a peer that is not alive, also its own', () => {
    dead = ['NorthPay'];
    expect(plan.choose(0)).to.deep.equal(['EastPay', 'WestPay']);
    dead = ['NorthPay', 'EastPay'];
    expect(plan.choose(0)).to.equal(undefined);
  });

  it('leaves one out for a time', () => {
    plan.leaveOut('EastPay', REST_MS);
    expect(plan.choose(0)).to.deep.equal(['NorthPay', 'WestPay']);
    now = REST_MS;
    expect(plan.choose(0)).to.deep.equal(['NorthPay', 'EastPay']);
  });
});

describe('finding who answers differently', () => {
  const verdicts = (...digests: readonly string[]) => new Map(digests.map((digest, index) => [`Org${index}`, digest]));
  const cases: readonly (readonly [string, ReadonlyMap<string, string>, readonly string[]])[] = [
    ['one of three', verdicts('a', 'b', 'a'), ['Org1']],
    ['nobody when all agree', verdicts('a', 'a', 'a'), []],
    ['nobody when there is no majority', verdicts('a', 'b', 'c'), []],
    ['nobody when only two of three answer, differently', verdicts('a', 'b'), []],
    ['two of five', verdicts('a', 'b', 'a', 'c', 'a'), ['Org1', 'Org3']],
  ];
  for (const [what, given, expected] of cases) {
    it(`names ${what}`, () => {
      expect(oddOnesOut(given, Math.max(3, given.size))).to.deep.equal(expected);
    });
  }
});

describe('reading a failure', () => {
  it('finds code and figures in Fabric’s words', () => {
    expect(refusalIn('chaincode response 500, CLOCK_STALE {"clock":"x"}')).to.deep.equal({ code: 'CLOCK_STALE', figures: { clock: 'x' } });
    expect(refusalIn('chaincode response 500, LEDGER_NOT_FOUNDED {}')).to.deep.equal({ code: 'LEDGER_NOT_FOUNDED' });
    expect(refusalIn('rpc error: code = UNAVAILABLE {}')).to.equal(undefined);
  });

  it('is unavailable when nothing is known', () => {
    expect(failureOf(new Error('no'), 2)).to.deep.equal({ kind: 'unavailable', organizations: [], reason: 'no' });
  });
});

describe('heights of peers', () => {
  it('tells when a peer has a block, and gives up in time', async () => {
    const heights = new PeerHeights();
    heights.saw('NorthPay', 4);
    expect(await heights.reaches('NorthPay', 4, 0)).to.equal(true);
    const later = heights.reaches('NorthPay', 5, 1_000);
    heights.saw('NorthPay', 5);
    expect(await later).to.equal(true);
    expect(await heights.reaches('NorthPay', 6, 20)).to.equal(false);
  });
});

describe('the native signer', () => {
  it('signs so that Fabric takes it: s in the lower half', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sign = nativeSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const half = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n;
    for (let turn = 0; turn < 50; turn++) {
      const message = Buffer.from(`message ${turn}`);
      const signature = Buffer.from(await sign(message));
      expect(verify('sha256', message, publicKey, signature)).to.equal(true);
      expect(BigInt(`0x${signature.subarray(6 + (signature[3] ?? 0)).toString('hex')}`) <= half).to.equal(true);
    }
  });
});
