import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { define, register, TallyError, TallyClient, pay, propose, vote } from '../../../client/src/index.ts';
import { playJoining } from '../../../start/joining-story.ts';
import { administratorsOf, decideBy } from '../../../start/members/ballot.ts';
import { admissionEntry } from '../../../start/members/entry.ts';
import { addOrganization, listOrganizations, resumeOrganization, suspendOrganization } from '../../../start/members/organizations.ts';
import { narrator } from '../../../start/narrator.ts';
import { Stage, type Player } from '../../../start/stage.ts';
import { registerAccount } from '../../../start/steps/registration.ts';
import { codeOf, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { detailsOf } from '../../support/hostile.ts';
import { paymentOf } from '../../support/hostile-world.ts';
import { refusalCode } from '../../support/patience.ts';

const SOUTH = 'SouthPay';
const OLD = ['NorthPay', 'EastPay', 'WestPay'];

/** A fourth payment system joins the running network, works, rests, works again and goes; the others' payments go on all the time. */
describe('members that come and go', function () {
  this.timeout(240_000);
  let consortium: Consortium;
  let token: string;
  let player: Player;
  let payer: TallyClient;
  let other: Holder;
  let merchant: Holder;

  const folder = mkdtempSync(join(tmpdir(), 'tallystick-members-'));
  const told: string[] = [];
  let stage: Stage;

  const nothing = (): void => undefined;
  const send = (from: TallyClient, payee: string, amount: string) => from.send(pay, { payee, token, amount });
  const at = (organization: string, holder: Holder): TallyClient => new TallyClient({ gateway: consortium.gateway(organization), signer: holder.signer, patience: 20_000 });
  const balanceOf = async (holder: Holder, organization: string, block: number) =>
    (await at(organization, holder).balances(holder.signer.id, { minBlock: block })).items.find((item) => item.token === token)?.free;
  const administrators = (without?: string) => administratorsOf(consortium.network.describe().organizations.filter((it) => it.organizationId !== without));
  const closesAt = (): string => new Date(Date.now() + 3600_000).toISOString();

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    stage = new Stage(consortium.network.describe().organizations, folder, narrator((line) => told.push(line)));
    [player, other] = [await registerAccount(stage, stage.system('NorthPay'), 'enterprise'), await consortium.register('EastPay')];
    payer = new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: player.signer });
    await consortium.fund(player.account, token, '100000');
  });

  after(() => rmSync(folder, { recursive: true }));

  it('are not admitted with a forged certificate, nor on the word of who is no administrator', async () => {
    const [north] = await administrators();
    const [east, west] = [consortium.member('EastPay'), consortium.member('WestPay')];
    const entry = await admissionEntry({ ...west, organizationId: SOUTH, name: 'South Pay' }, consortium.network.topology.name);
    expect(await codeOf(north?.send(propose, { change: { kind: 'admit', entry }, closesAt: closesAt() }) ?? Promise.resolve()), "another member's CA").to.equal('ADMISSION_MALFORMED');
    const ofEast = await admissionEntry({ ...west, organizationId: SOUTH, name: 'South Pay', roots: { ...west.roots, user: east.roots.node } }, consortium.network.topology.name);
    expect(await codeOf(north?.send(propose, { change: { kind: 'admit', entry: ofEast }, closesAt: closesAt() }) ?? Promise.resolve()), 'a CA that did not sign them').to.equal('CERTIFICATE_ISSUER');
    const registrar = await consortium.officer('NorthPay', 'registrar');
    expect(await codeOf(registrar.send(propose, { change: { kind: 'suspend', organization: 'WestPay', reason: 'OTHER' }, closesAt: closesAt() }))).to.equal('OFFICER_ROLE_MISSING');
  });

  it('join while payments go on, register a merchant and are paid, as npm start tells it', async () => {
    const codes: string[] = [];
    let joined = false;
    const paying = (async () => {
      while (!joined) codes.push(await codeOf(send(payer, other.signer.id, '1')));
    })();
    try {
      await playJoining(consortium.network, stage, { payer: player, token });
    } finally {
      joined = true;
      await paying;
    }
    expect(codes.filter((code) => code !== 'applied')).to.deep.equal([]);
    expect(codes.length).to.be.above(3);
    expect(told.join('\n')).to.include('administrator@EastPay approves').and.to.include('SouthPay is a member');
    expect(await listOrganizations(consortium.network)).to.satisfy((lines: readonly string[]) => lines.some((line) => line.startsWith(SOUTH) && line.includes('active')));
  });

  it('are then nodes and members like the others, and joining again changes nothing', async () => {
    const { nodes } = await consortium.network.status();
    expect(nodes.filter(({ node, ready }) => node.endsWith(`.${SOUTH}`) && ready)).to.have.length(4);
    await addOrganization(consortium.network, SOUTH, 'South Pay', nothing);
    const bad = (await consortium.network.doctor()).filter(({ verdict }) => verdict === 'bad');
    expect(bad).to.deep.equal([]);
  });

  it('are known to the gateways of the others from the next up on, which starts these anew one at a time', async () => {
    const lookup = async () => (await consortium.officer('NorthPay', 'credit-officer')).lookup({ kind: 'phone', identifier: '+49 151 765' });
    expect((await lookup()).unanswered).to.deep.equal([SOUTH]);
    let isUp = false;
    const mostAway = (async () => {
      let most = 0;
      for (; !isUp; await pause(20)) most = Math.max(most, (await Promise.all(OLD.map(refusesConnections))).filter(Boolean).length);
      return most;
    })();
    await consortium.network.up().finally(() => (isUp = true));
    expect(await mostAway).to.equal(1);
    expect((await lookup()).unanswered).to.deep.equal([]);
  });

  const refusesConnections = async (organization: string): Promise<boolean> => {
    const refused = (error: unknown): boolean => ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED';
    return fetch(`${consortium.gateway(organization)}/livez`).then(() => false, refused);
  };

  it('have merchants who pay as they are paid', async () => {
    merchant = await consortium.register(SOUTH, ['merchant']);
    const { receipt } = await send(payer, merchant.signer.id, '5000');
    expect(await balanceOf(merchant, SOUTH, receipt.record.block)).to.equal('5000');
    expect((await send(merchant, other.signer.id, '500')).receipt.status).to.equal('applied');
  });

  it('take part in every endorsement that the others need', async () => {
    // Three of four: with one of the old ones away, nothing goes without the new one.
    await consortium.network.stop('peer.WestPay');
    try {
      expect((await send(payer, merchant.signer.id, '10')).receipt.status).to.equal('applied');
    } finally {
      await consortium.network.restart('peer.WestPay');
    }
    expect((await send(merchant, player.account, '10')).receipt.status).to.equal('applied');
  });

  it('vote once each, and two of four are no majority', async () => {
    const [north, east, west, south] = await administrators();
    if (north === undefined || east === undefined || west === undefined || south === undefined) throw new Error('four administrators');
    const { receipt } = await north.send(propose, { change: { kind: 'suspend', organization: SOUTH, reason: 'BREACH' }, closesAt: closesAt() });
    const proposal = `${receipt.id}.${receipt.signer}`;
    expect(await codeOf(north.send(vote, { proposal, approve: true }))).to.equal('PROPOSAL_VOTED');
    const second = await east.send(vote, { proposal, approve: true });
    expect(await codeOf(east.send(vote, { proposal, approve: true }))).to.equal('PROPOSAL_VOTED');
    expect((await north.proposal(proposal, { minBlock: second.receipt.record.block })).state).to.equal('open');
    await consortium.hasBlock(SOUTH, second.receipt.record.block);
    expect((await south.inbox({ wait: 5 })).items.map(({ kind }) => kind)).to.include('proposal-to-vote');
    const third = await west.send(vote, { proposal, approve: true });
    expect((await north.proposal(proposal, { minBlock: third.receipt.record.block })).state).to.equal('adopted');
  });

  it('suspended, submit nothing, admit nobody and vote on nothing; their holders pay elsewhere', async () => {
    const registrar = await consortium.signer(SOUTH, 'registrar');
    const elsewhere = new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: registrar });
    expect(await codeOf(elsewhere.send(register, await anyRegistration(SOUTH)))).to.equal('ORGANIZATION_SUSPENDED');
    const south = (await administrators()).at(-1);
    const atNorth = new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: south?.signer });
    expect(await codeOf(atNorth.send(propose, { change: { kind: 'suspend', organization: 'EastPay', reason: 'OTHER' }, closesAt: closesAt() }))).to.equal('ORGANIZATION_SUSPENDED');
    expect(await hostileCode(await paymentOf(consortium, merchant.signer, { payee: other.signer.id, token, amount: '1' }))).to.equal('SUBMITTER_SUSPENDED');
    expect((await send(at('EastPay', merchant), player.account, '10')).receipt.status).to.equal('applied');
    expect((await send(payer, merchant.signer.id, '10')).receipt.status).to.equal('applied');
  });

  it('resumed, do all that again', async () => {
    await resumeOrganization(consortium.network, SOUTH, 'RESOLVED', nothing);
    const holder = await consortium.register(SOUTH);
    const { receipt } = await send(payer, holder.signer.id, '7');
    expect((await send(at(SOUTH, holder), player.account, '7')).receipt.record.block).to.be.above(receipt.record.block);
    // Both are done already, so these find nothing to do.
    await resumeOrganization(consortium.network, SOUTH, 'RESOLVED', nothing);
  });

  it('removed, can do nothing from the next block on, neither by their gateway nor with their Fabric identity alone', async () => {
    await decideBy(await administrators(SOUTH), { kind: 'remove', organization: SOUTH, reason: 'MEMBER_REQUEST', trustee: 'EastPay' }, nothing);
    const payment = await paymentOf(consortium, merchant.signer, { payee: other.signer.id, token, amount: '1' });
    expect(await hostileCode(payment)).to.equal('SUBMITTER_REMOVED');
    const own = new TallyClient({ gateway: consortium.gateway(SOUTH), signer: merchant.signer, patience: 5_000 });
    expect(await codeOf(send(own, other.signer.id, '1'))).to.be.oneOf(['SUBMITTER_REMOVED', 'OUTCOME_UNKNOWN']);
    expect(await codeOf(new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: await consortium.signer(SOUTH, 'registrar') }).send(register, await anyRegistration(SOUTH)))).to.equal('ORGANIZATION_REMOVED');
    const south = consortium.hostile(SOUTH);
    const issuer = new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: await consortium.signer(SOUTH, 'issuer') });
    await consortium.network.members.disconnect(SOUTH);
    const late = { token: `LATE@${SOUTH}`, name: 'Late', decimals: 0, kind: 'points' as const, source: { code: 'L', fields: {} } };
    expect(await codeOf(issuer.send(define, late)), 'nor by its issuer, whose peer is gone').to.equal('ORGANIZATION_REMOVED');
    const refused = await south.contract.evaluate('query:ledger', { endorsingOrganizations: ['NorthPay'] }).then(() => 'answered', (error: unknown) => detailsOf(error));
    expect(refused, 'out of the channel').to.not.equal('answered');
  });

  it('leave their holders what they had, and the others as they were', async () => {
    expect((await send(at('WestPay', merchant), player.account, '100')).receipt.status).to.equal('applied');
    expect((await send(payer, merchant.signer.id, '1')).receipt.status).to.equal('applied');
    expect(consortium.network.topology.paymentSystems.map((it) => it.organizationId)).to.deep.equal(OLD);
    expect((await consortium.network.status()).nodes.filter(({ node }) => node.endsWith(SOUTH))).to.deep.equal([]);
    expect((await consortium.network.doctor()).filter(({ verdict }) => verdict === 'bad')).to.deep.equal([]);
    await suspendOrganization(consortium.network, 'WestPay', 'OTHER', nothing);
    await resumeOrganization(consortium.network, 'WestPay', 'RESOLVED', nothing);
  });

  /** What the ledger says to a batch that the organization brings by its own Fabric identity. */
  async function hostileCode(jws: string): Promise<string | undefined> {
    try {
      await consortium.hostile(SOUTH).proposeBatch([jws], { organizations: ['NorthPay', 'EastPay', 'WestPay'] }).endorse();
      return 'endorsed';
    } catch (error) {
      return refusalCode(detailsOf(error));
    }
  }

  async function anyRegistration(organization: string) {
    const { userCa, officers } = await admissionEntry(consortium.member('WestPay'), consortium.network.topology.name);
    const [first] = officers;
    if (first === undefined) throw new TallyError('OUTCOME_UNKNOWN', userCa);
    const account = `${merchant.signer.id.slice(0, 36)}@${organization}`;
    return { account, roles: ['person' as const], holder: 'A'.repeat(43), certificate: first.certificate, application: first.application };
  }
});
