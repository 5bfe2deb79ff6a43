import { setTimeout as pause } from 'node:timers/promises';
import { uuidAt } from '../support/signer.ts';
import type { BenchAccount } from './accounts.ts';
import type { Bench } from './bench.ts';
import { closedLoop, type Counted, type Measured, type Row, type Span } from './measure.ts';
import { bulkPiece, signAt, type Piece } from './press.ts';
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
  const { send, span, rows } = scenePlayer(ground.members.map(({ gateway }) => gateway.url), scenes);
  say('measuring');
  const both = { begin: () => (span.begin(), meter.begin()), end: () => (span.end(), meter.end()) };
  const measured = await closedLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, workers: SCENES_PER_GATEWAY * ground.members.length, send, span: both });
  return { ...measured, rows: rows(seconds) };
}

export interface ScenePlayer {
  /** The next act of the scene that this worker plays, or what was turned away of the last; undefined: there is no more. */
  readonly send: (worker: number) => Promise<Counted | undefined>;
  readonly span: Span;
  /** What was applied and refused in the span, by type of instruction. */
  readonly rows: (seconds: number) => readonly Row[];
}

/** The workers are the gateways' in turn. */
export function scenePlayer(gateways: readonly string[], scenes: readonly Scene[]): ScenePlayer {
  const queues = gateways.map((gateway) => scenes.filter((scene) => scene.gateway === gateway).values());
  const left = new Map<number, Act[]>();
  const applied = new Map<string, number>();
  const refusals = new Map<string, number>();
  let isMeasuring = false;
  const actsOf = (worker: number): Act[] | undefined => {
    const acts = left.get(worker) ?? [];
    if (acts.length > 0) return acts;
    const scene = queues[worker % queues.length]?.next().value;
    if (scene === undefined) return undefined;
    left.set(worker, scene.acts.map(actOf));
    return actsOf(worker);
  };
  const tell = (type: string, code: string | undefined): void => {
    if (isMeasuring) count(code === undefined ? applied : refusals, code === undefined ? type : `${type} ${code}`);
  };
  const send = async (worker: number): Promise<Counted | undefined> => {
    const acts = actsOf(worker);
    const act = acts?.shift();
    if (acts === undefined || act === undefined) return undefined;
    const { counted, again, waitSeconds } = await playAct(gateways[worker % gateways.length] ?? '', act, tell);
    if (again.length > 0) {
      acts.unshift(actOf(again));
      await pause(waitSeconds * 1_000);
    }
    return counted;
  };
  const rowOf = (instruction: string, number: number, seconds: number) => ({ instruction, perSecond: Math.round((number / seconds) * 10) / 10 });
  return {
    send,
    span: { begin: () => void (isMeasuring = true), end: () => void (isMeasuring = false) },
    rows: (seconds) => [...[...applied].map(([type, number]) => rowOf(type, number, seconds)), ...[...refusals].map(([type, number]) => rowOf(`refused ${type}`, number, seconds))],
  };
}

const PAYMENTS = ['payment.pay/1', 'hold.capture/1'];
/** For the moment only: the next act needs what it makes, so it is sent again. */
const TURNED_AWAY = [429, 503];

interface Act {
  readonly piece: Piece;
  readonly written: readonly Written[];
}

function actOf(written: readonly Written[]): Act {
  return { piece: bulkPiece(written.map(({ text }) => text)), written };
}

/** What is turned away counts as refused, each time. */
async function playAct(gateway: string, { piece, written }: Act, tell: (type: string, code: string | undefined) => void) {
  const counted = { committed: 0, refused: 0 };
  const { answer, turnedAwayFor } = await sendBulk(gateway, piece);
  const outcomes = turnedAwayFor === undefined ? outcomesIn(answer) : written.map((): Told => ({ status: 429, problem: { code: 'TOO_MANY_REQUESTS' } }));
  const again: Written[] = [];
  written.forEach((one, place) => {
    const { status, problem } = outcomes[place] ?? { status: 0 };
    const isApplied = status === 200 || status === 201;
    if (!isApplied) counted.refused++;
    else if (PAYMENTS.includes(one.type)) counted.committed++;
    if (TURNED_AWAY.includes(status)) again.push(one);
    tell(one.type, isApplied ? undefined : (problem?.code ?? 'unanswered'));
  });
  return { counted, again, waitSeconds: turnedAwayFor ?? 1 };
}

interface Told {
  readonly status: number;
  readonly problem?: { readonly code: string };
}

function outcomesIn(answer: string): readonly Told[] {
  return (JSON.parse(answer) as { readonly outcomes: readonly Told[] }).outcomes;
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

