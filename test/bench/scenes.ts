import { uuidAt } from '../support/signer.ts';
import type { BenchAccount } from './accounts.ts';
import type { Bench } from './bench.ts';
import { closedLoop, type Measured } from './measure.ts';
import { signAt, type Piece } from './press.ts';
import { homeOf, inBulks, officerOf, sendAll, sendBulk, TOKEN, type Ground } from './provision.ts';

/** Instructions that depend on each other: what is in one act is sent together, when all of the act before is answered. */
export interface Scene {
  readonly gateway: string;
  readonly acts: readonly (readonly Written[])[];
}

/** A signed instruction; its id is known before it is sent. */
export interface Written {
  readonly text: string;
  /** Name of what it makes: a payment, a bill, a settlement. */
  readonly object: string;
  readonly type: string;
}

/** Signs for accounts at a time that goes on with each instruction. */
export interface Writer {
  readonly write: (account: BenchAccount, type: string, body: unknown) => Written;
}

const PER_MILLISECOND = 4;
const WARM_UP_SECONDS = 5;
const SCENES_PER_GATEWAY = 8;
const DAY_MS = 24 * 3600_000;

/** @param count how many will be written: the last is made now */
export function writerFor({ ring, ledger }: Pick<Ground, 'ring' | 'ledger'>, count: number): Writer {
  const first = Date.now() - count / PER_MILLISECOND;
  let written = 0;
  return {
    write: (account, type, body) => {
      const at = Math.floor(first + written++ / PER_MILLISECOND);
      const id = uuidAt(at);
      return { text: signAt(ring.signer(account), type, body, { at, ledger, id }), object: `${id}.${account.id}`, type };
    },
  };
}

/** Plays scenes on all gateways at once; counts payments, on credit, by balance, and captured. */
export async function playScenes({ ground, options: { seconds }, say, meter }: Bench, scenes: readonly Scene[]): Promise<Measured> {
  const queues = ground.members.map(({ gateway }) => scenes.filter((scene) => scene.gateway === gateway.url).map(inActs).values());
  const applied = new Map<string, number>();
  const refusals = new Map<string, number>();
  let isMeasuring = false;
  const span = { begin: () => ((isMeasuring = true), meter.begin()), end: () => ((isMeasuring = false), meter.end()) };
  const playing = new Map<number, Iterator<Act>>();
  const nextAct = (worker: number, turn: number): Act | undefined => {
    const act = playing.get(worker)?.next().value as Act | undefined;
    if (act !== undefined) return act;
    const scene = queues[turn]?.next().value;
    if (scene === undefined) return undefined;
    playing.set(worker, scene.values());
    return nextAct(worker, turn);
  };
  const send = async (worker: number) => {
    const turn = worker % queues.length;
    const act = nextAct(worker, turn);
    if (act === undefined) return undefined;
    const counted = { committed: 0, refused: 0 };
    const { answer } = await sendBulk(ground.members[turn]?.gateway.url ?? '', act.piece);
    statusesIn(answer).forEach(({ status, code }, place) => {
      const type = act.types[place] ?? '';
      const isApplied = status <= 201;
      if (!isApplied) counted.refused++;
      else if (PAYMENTS.includes(type)) counted.committed++;
      if (isMeasuring) count(isApplied ? applied : refusals, isApplied ? type : `${type} ${code}`);
    });
    return counted;
  };
  say('measuring');
  const measured = await closedLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, workers: SCENES_PER_GATEWAY * queues.length, send, span });
  const rowOf = (instruction: string, number: number) => ({ instruction, perSecond: Math.round((number / seconds) * 10) / 10 });
  return { ...measured, rows: [...[...applied].map(([type, number]) => rowOf(type, number)), ...[...refusals].map(([type, number]) => rowOf(`refused ${type}`, number))] };
}

const PAYMENTS = ['payment.pay/1', 'hold.capture/1'];

interface Act {
  readonly piece: Piece;
  readonly types: readonly string[];
}

function inActs({ acts }: Scene): readonly Act[] {
  return acts.map((act) => ({ piece: inBulks(act.map(({ text }) => text), act.length)[0] ?? { bytes: Buffer.alloc(0), count: 0 }, types: act.map(({ type }) => type) }));
}

function statusesIn(answer: string): readonly { readonly status: number; readonly code: string }[] {
  if (!answer.startsWith('{"outcomes"')) return [];
  const { outcomes } = JSON.parse(answer) as { readonly outcomes: readonly { readonly status: number; readonly problem?: { readonly code: string } }[] };
  return outcomes.map(({ status, problem }) => ({ status, code: problem?.code ?? '' }));
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** An enterprise with a grant of a merchant. */
export interface Line {
  readonly enterprise: BenchAccount;
  readonly merchant: BenchAccount;
}

const PLENTY = '1000000000';

/** Gives each pair a limit and a grant that no run uses up. */
export async function openLines(ground: Ground, lines: readonly Line[]): Promise<void> {
  const { ledger, members } = ground;
  const { write } = writerFor(ground, lines.length * 2);
  const validTo = new Date(Date.now() + 90 * DAY_MS).toISOString();
  const validFrom = new Date(Date.now() - 60_000).toISOString();
  const terms = { amount: PLENTY, perPayment: '1000', termDays: 30, validFrom, validTo, utcOffset: 0 };
  await Promise.all(members.map(async (member) => {
    const own = lines.filter(({ enterprise }) => homeOf(ground, enterprise) === member.gateway.url);
    const officer = officerOf(member, 'credit-officer');
    const limits = own.map(({ enterprise }) => signAt(officer, 'limit.set/1', { account: enterprise.id, token: TOKEN, amount: PLENTY, reason: 'GRANTED' }, { at: Date.now(), ledger }));
    const applications = own.map(({ enterprise, merchant }) => write(enterprise, 'grant.apply/1', { merchant: merchant.id, token: TOKEN, amount: PLENTY, validTo }));
    const approvals = own.map(({ enterprise, merchant }, place) => write(merchant, 'grant.approve/1', { enterprise: enterprise.id, token: TOKEN, application: applications[place]?.object, terms }));
    for (const texts of [limits, applications.map(({ text }) => text), approvals.map(({ text }) => text)]) await sendAll(member.gateway.url, inBulks(texts));
  }));
}

