import { expect } from 'chai';
import type { common } from '@hyperledger/fabric-protos';
import { pay, signInstruction, type InstructionStatus, type SignedInstruction } from '../../../client/src/index.ts';
import { balancesIn, replay, type Replayed } from '../../support/chain.ts';
import { LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { until } from '../../support/patience.ts';
import { send } from '../../support/raw.ts';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;
const KILLED = 'EastPay';
const PAYERS_PER_GATEWAY = 5;
const BULK = 50;
const BULKS_AT_ONCE = 4;
const LOAD_MS = 8_000;
const KILL_AFTER_MS = 3_000;
/** What is not sent again must come to its end by itself: within the test. */
const LIFETIME_MS = 75_000;
const RESEND_MS = 20_000;

type Outcome = 'acknowledged' | 'unanswered';

/** What its client holds of a payment. */
interface Sent extends SignedInstruction {
  readonly outcome: Outcome;
}

/** RULES §1, DESIGN §5: nothing acknowledged is lost, nothing is applied twice, and what was not acknowledged can be found out. */
describe('a gateway killed with -9 at full load', function () {
  this.timeout(300_000);
  let consortium: Consortium;
  let token: string;
  let merchant: Holder;
  let payers: readonly Holder[];
  let sent: readonly Sent[];
  let unansweredByTheDead = 0;

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    merchant = await consortium.register('WestPay', ['merchant']);
    payers = await Promise.all(ORGANIZATIONS.flatMap((organization) => Array.from({ length: PAYERS_PER_GATEWAY }, () => consortium.register(organization))));
    await Promise.all(payers.map(({ signer }) => consortium.fund(signer.id, token, '1000000')));
    sent = await loadWithDeath();
  });

  /** Every second bulk asks to be accepted for good (202), the others wait for their receipts. */
  const bulk = async (organization: string, payments: readonly SignedInstruction[], isAsync: boolean): Promise<readonly Outcome[]> => {
    const headers = { 'content-type': 'application/json', ...(isAsync && { prefer: 'respond-async' }) };
    const body = JSON.stringify({ instructions: payments.map(({ jws }) => jws) });
    const answer = await send(`${consortium.gateway(organization)}/instructions/bulk`, body, headers).catch(() => undefined);
    if (answer?.status !== 200) return payments.map(() => 'unanswered');
    const { outcomes } = answer.body as { readonly outcomes: readonly { readonly status: number }[] };
    return outcomes.map(({ status }) => ([200, 201, 202].includes(status) ? 'acknowledged' : 'unanswered'));
  };

  const loadWithDeath = async (): Promise<readonly Sent[]> => {
    const began = performance.now();
    const all: Sent[] = [];
    const work = async (organization: string, own: readonly Holder[]): Promise<void> => {
      for (let turn = 0; performance.now() < began + LOAD_MS; turn++) {
        const payments = await Promise.all(Array.from({ length: BULK }, (_, number) => paymentBy(own[number % own.length] as Holder)));
        const outcomes = await bulk(organization, payments, turn % 2 === 1);
        if (organization === KILLED && outcomes.includes('unanswered')) unansweredByTheDead++;
        payments.forEach((payment, place) => all.push({ ...payment, outcome: outcomes[place] ?? 'unanswered' }));
        // A dead gateway refuses connections faster than anybody could sign for it.
        if (outcomes.every((outcome) => outcome === 'unanswered')) await new Promise((resolve) => setTimeout(resolve, 300));
      }
    };
    const killing = new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS)).then(() => consortium.network.kill(`gateway.${KILLED}`));
    const workers = ORGANIZATIONS.flatMap((organization, place) => {
      const own = payers.slice(place * PAYERS_PER_GATEWAY, (place + 1) * PAYERS_PER_GATEWAY);
      return Array.from({ length: BULKS_AT_ONCE }, () => work(organization, own));
    });
    await Promise.all([...workers, killing]);
    await until(`the gateway of ${KILLED}`, async () => ((await consortium.network.status()).nodes.find(({ node }) => node === `gateway.${KILLED}`)?.ready === true ? true : undefined));
    return all;
  };

  const paymentBy = ({ signer }: Holder): Promise<SignedInstruction> =>
    signInstruction(signer, pay, { payee: merchant.signer.id, token, amount: '1' }, { ledger: LEDGER, lifetimeMs: LIFETIME_MS });

  const chain = async (): Promise<Replayed> => {
    const blocks: readonly common.Block[] = await consortium.settled(() => consortium.hostile('NorthPay').blocks());
    return replay(blocks);
  };

  const recorded = (outcomes: Replayed['outcomes']) => {
    const counts = new Map<string, number>();
    for (const { id, signer, hash } of outcomes) counts.set(`${id} ${signer} ${hash}`, (counts.get(`${id} ${signer} ${hash}`) ?? 0) + 1);
    return counts;
  };

  const nameOf = ({ id, signer, hash }: Sent): string => `${id} ${signer} ${hash}`;

  const statusOf = async ({ id, signer, expiresAt }: Sent): Promise<string> => {
    const auditor = await consortium.officer(signer.slice(signer.indexOf('@') + 1), 'auditor');
    return (await auditor.read<InstructionStatus>(`/instructions/${id}`, { signer, expiresAt })).status;
  };

  it('was under load, and left requests without an answer', () => {
    expect(sent.filter(({ outcome }) => outcome === 'acknowledged').length).to.be.greaterThan(500);
    expect(unansweredByTheDead).to.be.greaterThan(0);
  });

  it('every acknowledged payment is in the chain, once', async () => {
    // What was accepted for good the gateway goes on with when it is back.
    const missing = await until('the acknowledged payments', async () => {
      const counts = recorded((await chain()).outcomes);
      const absent = sent.filter((payment) => payment.outcome === 'acknowledged' && counts.get(nameOf(payment)) !== 1);
      return absent.length === 0 ? absent : undefined;
    }, 60_000);
    expect(missing).to.deep.equal([]);
  });

  it('an unacknowledged one that is sent again in time, elsewhere, is applied, once', async () => {
    const again = sent.filter(({ outcome, expiresAt }) => outcome === 'unanswered' && Date.parse(expiresAt) > Date.now() + RESEND_MS).slice(0, BULK);
    expect(again.length, 'none was left with time enough').to.be.greaterThan(0);
    await until('an answer to each', async () => ((await bulk('WestPay', again, false)).every((outcome) => outcome === 'acknowledged') ? true : undefined), RESEND_MS);
    const applied = recorded((await chain()).outcomes.filter(({ refusal }) => refusal === undefined));
    for (const payment of again) expect(applied.get(nameOf(payment)), payment.id).to.equal(1);
  });

  it('any other is applied, or can be told to apply never', async () => {
    const open = sent.filter(({ outcome }) => outcome === 'unanswered').slice(-4 * BULK);
    const ends = Math.max(...open.map(({ expiresAt }) => Date.parse(expiresAt)));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, ends + 1_000 - Date.now())));
    await until('a tick of the ledger clock after the deadlines', async () => ((await consortium.hostile('WestPay').tick()) === 'applied' ? true : undefined), 60_000);
    const counts = recorded((await chain()).outcomes);
    for (const payment of open) {
      const status = await until('a status that is for good', async () => {
        const told = await statusOf(payment);
        return told === 'unknown' || told === 'pending' ? undefined : told;
      });
      const inChain = counts.get(nameOf(payment)) ?? 0;
      expect([status, inChain], payment.id).to.deep.equal(status === 'can-never-apply' ? [status, 0] : [status, 1]);
    }
  });

  it('nothing is applied twice: the merchant has one unit for each payment in the chain', async () => {
    const replayed = await chain();
    const counts = recorded(replayed.outcomes);
    expect([...counts.values()].filter((count) => count !== 1)).to.deep.equal([]);
    const applied = recorded(replayed.outcomes.filter(({ refusal }) => refusal === undefined));
    const paid = sent.filter((payment) => applied.has(nameOf(payment))).length;
    expect(balancesIn(replayed.state).get(`${merchant.signer.id}/${token}`)).to.equal(BigInt(paid));
  });
});
