import { verify, generateKeyPairSync } from 'node:crypto';
import { GatewayError } from '@hyperledger/fabric-gateway';
import { expect } from 'chai';
import { CommitWatch } from '../../gateway-api/src/fabric/commit-watch.ts';
import { EndorsementPlan, REST_MS } from '../../gateway-api/src/fabric/endorsement-plan.ts';
import { Endorser } from '../../gateway-api/src/fabric/endorser.ts';
import { failureOf, refusalIn } from '../../gateway-api/src/fabric/failure.ts';
import { LedgerClient } from '../../gateway-api/src/fabric/ledger-client.ts';
import { oddOnesOut } from '../../gateway-api/src/fabric/odd-one-out.ts';
import { PeerHeights } from '../../gateway-api/src/fabric/peer-heights.ts';
import { nativeSigner } from '../../gateway-api/src/fabric/signer.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { within } from '../../gateway-api/src/wait.ts';

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

  const majorities: readonly (readonly [number, readonly (readonly string[])[]])[] = [
    [1, [['A'], ['A']]],
    [2, [['A', 'B'], ['A', 'B']]],
    [4, [['A', 'B', 'C'], ['A', 'C', 'D']]],
    [5, [['A', 'B', 'C'], ['A', 'C', 'D']]],
  ];
  for (const [count, expected] of majorities) {
    it(`asks a majority of ${count}`, () => {
      const many = new EndorsementPlan(['A', 'B', 'C', 'D', 'E'].slice(0, count), () => true);
      expect([many.choose(0), many.choose(1)]).to.deep.equal(expected);
    });
  }

  it('follows the policy of the channel when members come and go', () => {
    plan.follow(['NorthPay', 'EastPay', 'WestPay', 'SouthPay'], 3);
    expect([plan.choose(0), plan.choose(2)]).to.deep.equal([['NorthPay', 'EastPay', 'WestPay'], ['NorthPay', 'SouthPay', 'EastPay']]);
    plan.follow(['NorthPay', 'EastPay'], 1);
    expect([plan.organizations, plan.choose(0)]).to.deep.equal([['NorthPay', 'EastPay'], ['NorthPay']]);
  });

  it('goes round whose answer was the odd one out, as long as the others are enough', () => {
    plan.avoid('EastPay');
    expect([plan.choose(0), plan.choose(1)]).to.deep.equal([['NorthPay', 'WestPay'], ['NorthPay', 'WestPay']]);
    expect(plan.missing(['EastPay'])).to.deep.equal([]);
    dead = ['WestPay'];
    expect(plan.choose(0)).to.deep.equal(['NorthPay', 'EastPay']);
  });

  it('asks nobody before the policy is known', () => {
    const unknown = new EndorsementPlan([], () => true);
    expect(unknown.choose(0)).to.equal(undefined);
    unknown.follow(['A', 'B', 'C', 'D'], 3);
    expect(unknown.choose(0)).to.deep.equal(['A', 'B', 'C']);
  });

  it('asks nobody when there is no majority to ask', () => {
    const many = new EndorsementPlan(['A', 'B', 'C', 'D'], (organization) => organization < 'C');
    expect(many.choose(0)).to.equal(undefined);
  });

  it('asks those without whom it counts for nothing, and fills up to a majority', () => {
    const load = () => 0;
    expect(plan.choose(0, load, ['WestPay'])).to.deep.equal(['NorthPay', 'WestPay']);
    expect(plan.choose(0, load, ['NorthPay'])).to.deep.equal(['NorthPay', 'EastPay']);
    expect(plan.choose(1, load, ['EastPay', 'WestPay'])).to.deep.equal(['NorthPay', 'EastPay', 'WestPay']);
    dead = ['WestPay'];
    expect(plan.choose(0, load, ['WestPay'])).to.equal(undefined);
    expect(plan.missing(['EastPay', 'WestPay'])).to.deep.equal(['WestPay']);
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

describe('endorsing', () => {
  const BUG = 'chaincode response 500, Cannot read properties of undefined';

  const endorse = (...details: readonly (readonly [string, string])[]) => {
    const organizations = ['NorthPay', 'EastPay', 'WestPay'];
    const heights = new PeerHeights();
    for (const organization of organizations) heights.saw(organization, 1);
    const plan = new EndorsementPlan(organizations, () => true);
    const asked: (readonly string[])[] = [];
    const newProposal = (_: string, { endorsingOrganizations }: { readonly endorsingOrganizations: readonly string[] }) => {
      asked.push(endorsingOrganizations);
      return { endorse: () => Promise.reject(gatewayError('failed to endorse', ...details)) };
    };
    const connection = { contract: { newProposal }, gateway: {}, organizationId: 'NorthPay' } as never;
    const endorser = new Endorser({ connection, plan, heights, log: silentLog });
    const endorsed = endorser.endorse({ name: 'instruction:apply', lane: 0, after: 1 });
    return endorsed.then((endorsement) => ({ endorsement, asked: asked.length, usable: plan.usable() }));
  };

  it('rests nobody when all fail alike on the same call', async () => {
    expect(await endorse(['NorthPay', BUG], ['EastPay', BUG])).to.deep.equal({
      endorsement: { kind: 'rejected', reason: BUG },
      asked: 1,
      usable: ['NorthPay', 'EastPay', 'WestPay'],
    });
  });

  it('takes nothing for a fault of the call that one alone says, or that is not the chaincode’s', () => {
    const peerDown = 'error in simulation: failed to execute transaction: timeout expired';
    expect(failureOf(gatewayError('no', ['NorthPay', BUG]), 2).kind).to.equal('unavailable');
    expect(failureOf(gatewayError('no', ['NorthPay', peerDown], ['EastPay', peerDown]), 2).kind).to.equal('unavailable');
  });
});

describe('committing', () => {
  const ENDORSED_AT = Date.now();
  const TOO_LARGE = 'received unsuccessful response from orderer: status=REQUEST_ENTITY_TOO_LARGE, info=message payload is 11000000 bytes';
  const BUSY = 'received unsuccessful response from orderer: status=SERVICE_UNAVAILABLE, info=no leader';

  /** Each sending fails with the next of these; where there is none, it is taken and never ordered. */
  const apply = async (clock: () => number, ...failures: readonly Error[]) => {
    const answers = [...failures];
    let sent = 0;
    const submit = (): Promise<void> => {
      sent++;
      const failure = answers.shift();
      return failure === undefined ? Promise.resolve() : Promise.reject(failure);
    };
    const transaction = { getTransactionId: () => 'tx', getResult: () => Buffer.from('{"answers":[]}'), submit };
    const endorser = { endorse: () => Promise.resolve({ kind: 'endorsed', transaction } as never) };
    const commits = new CommitWatch();
    const client = new LedgerClient({ connection: {} as never, endorser, commits, clock: () => new Date(clock()).toISOString(), log: silentLog });
    const applied = client.apply({ instructions: ['jws'], lane: 0, after: -1 });
    return { result: await within(2_500, applied, 'nothing yet'), sent };
  };

  const final: readonly (readonly [string, Error])[] = [
    ['one orderer', gatewayError(`10 ABORTED: ${TOO_LARGE}`)],
    ['an older peer', gatewayError('10 ABORTED: received unsuccessful response from orderer: BAD_REQUEST')],
    ['every orderer', gatewayError('14 UNAVAILABLE: insufficient number', ['Orderer1', TOO_LARGE], ['Orderer2', TOO_LARGE])],
  ];
  for (const [who, failure] of final) {
    it(`ends when ${who} refuses for good`, async () => {
      const { result, sent } = await apply(() => ENDORSED_AT, failure);
      expect(result).to.have.property('kind', 'rejected');
      expect(sent).to.equal(1);
    });
  }

  it('goes on while one orderer may have it, or an earlier sending', async () => {
    const busy = gatewayError('14 UNAVAILABLE', ['Orderer1', TOO_LARGE], ['Orderer2', BUSY]);
    const { result, sent } = await apply(() => ENDORSED_AT, busy, gatewayError(TOO_LARGE), gatewayError(TOO_LARGE));
    expect(result).to.equal('nothing yet');
    expect(sent).to.be.above(2);
  }).timeout(4_000);

  it('ends when the ledger clock is past the window of the transaction', async () => {
    const unavailable = gatewayError(BUSY);
    expect((await apply(() => ENDORSED_AT + 110_000, unavailable, unavailable, unavailable, unavailable, unavailable)).result).to.equal('nothing yet');
    expect((await apply(() => Date.now() + 121_000, unavailable)).result).to.have.property('kind', 'unavailable');
  }).timeout(4_000);
});

function gatewayError(message: string, ...details: readonly (readonly [string, string])[]): GatewayError {
  return new GatewayError({ code: 10, message, cause: new Error(message) as never, details: details.map(([mspId, said]) => ({ mspId, address: `${mspId}:1`, message: said })) });
}

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
