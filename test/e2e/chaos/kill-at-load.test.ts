import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { common } from '@hyperledger/fabric-protos';
import { pay, signInstruction, type InstructionStatus, type SignedInstruction } from '../../../client/src/index.ts';
import type { NodeStatus } from '../../../network/src/status.ts';
import { balancesIn, replay, type Replayed } from '../../support/chain.ts';
import { LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { channelHeaderOf } from '../../support/envelope.ts';
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
/** Of those that found nobody there. */
const SAMPLE = 20;

/** What its client has been told; of those cut off, the connection ended without an answer, and those unreached found nobody there. */
type Outcome = 'acknowledged' | 'turned away' | 'cut off' | 'unreached';

/** What its client holds of a payment. */
interface Sent extends SignedInstruction {
  readonly to: string;
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
  /** What was on its way to the dead gateway, or in it, when it died. */
  let inFlight: readonly Sent[];
  /** Files of the transactions whose end it did not know then. */
  let envelopes: readonly string[];

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    merchant = await consortium.register('WestPay', ['merchant']);
    payers = await Promise.all(ORGANIZATIONS.flatMap((organization) => Array.from({ length: PAYERS_PER_GATEWAY }, () => consortium.register(organization))));
    await Promise.all(payers.map(({ signer }) => consortium.fund(signer.id, token, '1000000')));
    sent = await loadWithDeath();
    inFlight = sent.filter(({ to, outcome }) => to === KILLED && outcome === 'cut off');
  });

  const stored = (): readonly string[] => readdirSync(join(consortium.member(KILLED).gateway.data, 'envelopes')).filter((name) => !name.endsWith('.part'));

  /** Every second bulk asks to be accepted for good (202), the others wait for their receipts. */
  const bulk = async (organization: string, payments: readonly SignedInstruction[], isAsync: boolean): Promise<readonly Outcome[]> => {
    const headers = { 'content-type': 'application/json', ...(isAsync && { prefer: 'respond-async' }) };
    const body = JSON.stringify({ instructions: payments.map(({ jws }) => jws) });
    const answer = await send(`${consortium.gateway(organization)}/instructions/bulk`, body, headers).catch(withoutAnswer);
    if (typeof answer === 'string') return payments.map(() => answer);
    if (answer.status !== 200) return payments.map(() => 'turned away');
    const { outcomes } = answer.body as { readonly outcomes: readonly { readonly status: number }[] };
    return outcomes.map(({ status }) => ([200, 201, 202].includes(status) ? 'acknowledged' : 'turned away'));
  };

  const loadWithDeath = async (): Promise<readonly Sent[]> => {
    const began = performance.now();
    const all: Sent[] = [];
    const work = async (organization: string, own: readonly Holder[]): Promise<void> => {
      for (let turn = 0; performance.now() < began + LOAD_MS; turn++) {
        const payments = await Promise.all(Array.from({ length: BULK }, (_, number) => paymentBy(own[number % own.length] as Holder)));
        const outcomes = await bulk(organization, payments, turn % 2 === 1);
        payments.forEach((payment, place) => all.push({ ...payment, to: organization, outcome: outcomes[place] ?? 'turned away' }));
        // A dead gateway refuses connections faster than anybody could sign for it.
        if (!outcomes.includes('acknowledged')) await pause(300);
      }
    };
    const killing = pause(KILL_AFTER_MS).then(killBetweenStoringAndSending);
    const workers = ORGANIZATIONS.flatMap((organization, place) => {
      const own = payers.slice(place * PAYERS_PER_GATEWAY, (place + 1) * PAYERS_PER_GATEWAY);
      return Array.from({ length: BULKS_AT_ONCE }, () => work(organization, own));
    });
    await Promise.all([...workers, killing]);
    await until(`the gateway of ${KILLED}`, async () => ((await gatewayStatus()).ready === true ? true : undefined));
    return all;
  };

  /** As soon as it has stored a transaction: it has sent it at most to the orderer, and does not know its end. */
  const killBetweenStoringAndSending = async (): Promise<void> => {
    const { pid } = await gatewayStatus();
    if (pid === undefined) throw new Error('there is no gateway to kill');
    for (let before = stored(); ; before = envelopes) {
      envelopes = stored();
      if (envelopes.some((name) => !before.includes(name))) break;
      await pause(1);
    }
    process.kill(pid, 'SIGKILL');
    envelopes = stored();
  };

  const gatewayStatus = async (): Promise<Partial<NodeStatus>> => (await consortium.network.status()).nodes.find(({ node }) => node === `gateway.${KILLED}`) ?? {};

  const paymentBy = ({ signer }: Holder): Promise<SignedInstruction> =>
    signInstruction(signer, pay, { payee: merchant.signer.id, token, amount: '1' }, { ledger: LEDGER, lifetimeMs: LIFETIME_MS });

  const blocks = (): Promise<readonly common.Block[]> => consortium.settled(() => consortium.hostile('NorthPay').blocks());

  const chain = async (): Promise<Replayed> => replay(await blocks());

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

  it('was under load, with payments in flight and transactions without an end', () => {
    expect(sent.filter(({ outcome }) => outcome === 'acknowledged').length).to.be.greaterThan(500);
    expect(inFlight.length).to.be.greaterThan(0);
    expect(envelopes.length).to.be.greaterThan(0);
  });

  it('of what was in flight, each that is sent again in time, elsewhere, is applied, once', async () => {
    const again = inFlight.filter(isEven);
    for (const { expiresAt } of again) expect(Date.parse(expiresAt), 'time enough').to.be.greaterThan(Date.now() + RESEND_MS);
    await until('an answer to each', async () => ((await bulk('WestPay', again, false)).every((outcome) => outcome === 'acknowledged') ? true : undefined), RESEND_MS);
    const applied = recorded((await chain()).outcomes.filter(({ refusal }) => refusal === undefined));
    for (const payment of again) expect(applied.get(nameOf(payment)), payment.id).to.equal(1);
  });

  it('every transaction that it had stored is brought into the chain, and its envelope is dropped', async () => {
    await until('an end of every envelope', () => Promise.resolve(stored().some((name) => envelopes.includes(name)) ? undefined : true), 60_000);
    const inChain = new Set((await blocks()).flatMap(transactionIdsOf));
    expect(envelopes.filter((name) => !inChain.has(name.slice(name.indexOf('.') + 1)))).to.deep.equal([]);
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

  it('every other in flight, and one that reached nobody, is applied, or can be told to apply never', async () => {
    const unreached = sent.filter(({ outcome }) => outcome === 'unreached').slice(0, SAMPLE);
    const open = [...inFlight.filter((payment, place) => !isEven(payment, place)), ...unreached];
    const ends = Math.max(...open.map(({ expiresAt }) => Date.parse(expiresAt)));
    await pause(Math.max(0, ends + 1_000 - Date.now()));
    await until('a tick of the ledger clock after the deadlines', async () => ((await consortium.hostile('WestPay').tick()) === 'applied' ? true : undefined), 60_000);
    const counts = recorded((await chain()).outcomes);
    for (const payment of open) {
      const status = await until('a status that is for good', async () => {
        const told = await statusOf(payment);
        return told === 'unknown' || told === 'pending' ? undefined : told;
      });
      const isNever = payment.outcome === 'unreached' || status === 'can-never-apply';
      expect([status, counts.get(nameOf(payment)) ?? 0], payment.id).to.deep.equal(isNever ? ['can-never-apply', 0] : ['applied', 1]);
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

function withoutAnswer(error: unknown): Outcome {
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  return cause?.code === 'ECONNREFUSED' ? 'unreached' : 'cut off';
}

function transactionIdsOf(block: common.Block): readonly string[] {
  return (block.getData()?.getDataList_asU8() ?? []).map((bytes) => channelHeaderOf(common.Envelope.deserializeBinary(bytes)).getTxId());
}

function isEven(_: unknown, place: number): boolean {
  return place % 2 === 0;
}
