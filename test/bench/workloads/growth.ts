import { execFileSync } from 'node:child_process';
import type { BenchAccount } from '../accounts.ts';
import type { Bench } from '../bench.ts';
import { byHome, pressQueues, type Intent } from '../load.ts';
import { drain, type Measured, type Row } from '../measure.ts';
import { openMeter } from '../meter.ts';
import { highest, microsecondsEach } from '../processes.ts';
import { issueTo, pressRegistrations, sendAll, type Ground } from '../provision.ts';
import { senders } from './payments.ts';

/** Accounts of the first measured step; each step has as many times more than the one before. */
const FIRST_ACCOUNTS = 10_000;
const STEPS = 5;
const BULK = 400;
const REGISTERED_AT_ONCE = 6_000;
/** The weight of the n-th account is n^-0.8: with a million accounts the first makes 1.3 % of the payments, with ten thousand 3.6 %. */
const ZIPF = 0.8;
/** The first accounts hand out money to those who are to pay: by payments, since an issuer has one lane. */
const TREASURIES = 240;
const GIVEN = '1000000';
const WARM_UP_SECONDS = 3;

/** Payments to one merchant by accounts that become more and more; prints what a payment costs on the way. */
export async function growth(bench: Bench): Promise<Measured> {
  const { ground, options: { accounts: most, payments }, say } = bench;
  const accounts: BenchAccount[] = [...ground.payers];
  await issueTo(ground, accounts.slice(0, TREASURIES).map(({ id }) => id));
  await insistOn(bench, accounts.map((payer) => ({ payer, payee: ground.merchant.id })));
  const funded = new Set(accounts);
  const rows: Row[] = [];
  let made = 0;
  let last: Measured | undefined;
  for (const count of stepsTo(most)) {
    const registering = await register(bench, accounts, count);
    const payers = drawnByZipf(accounts, Math.ceil(payments / STEPS));
    await fund(bench, accounts, payers.filter((payer) => !funded.has(payer)), funded);
    last = await payBy(bench, payers, (row) => {
      made += payers.length;
      rows.push({ accounts: accounts.length, registeredPerSecond: registering, paymentsSoFar: made, ...row });
      say(JSON.stringify(rows.at(-1)));
    });
  }
  if (last === undefined) throw new Error('no step');
  const [first, end] = [Number(rows[0]?.['paymentsPerSecond'] ?? 0), Number(rows.at(-1)?.['paymentsPerSecond'] ?? 0)];
  say(`from the first step to the last: ${Math.round((end / first - 1) * 1_000) / 10} %`);
  return { ...last, rows };
}

function stepsTo(most: number): readonly number[] {
  const first = Math.min(FIRST_ACCOUNTS, Math.ceil(most / STEPS));
  const factor = (most / first) ** (1 / (STEPS - 1));
  return Array.from({ length: STEPS }, (_, step) => Math.round(first * factor ** step));
}

/** Registers until there are so many; answers how many a second. */
async function register({ ground, say }: Bench, accounts: BenchAccount[], count: number): Promise<number> {
  const before = accounts.length;
  const began = performance.now();
  // One number is the merchant's.
  const parts = Array.from({ length: Math.ceil((count - before) / REGISTERED_AT_ONCE) }, (_, part) => before + part * REGISTERED_AT_ONCE);
  const press = (from: number | undefined) => (from === undefined ? undefined : pressRegistrations(ground, { first: from + 1, count: Math.min(REGISTERED_AT_ONCE, count - from), roles: ['person'] }));
  let pressing = press(parts[0]);
  for (let part = 1; pressing !== undefined; part++) {
    const { send } = await pressing;
    // The next ones are signed while these are registered, one transaction of each registrar after the other.
    pressing = press(parts[part]);
    accounts.push(...(await send()));
    say(`${accounts.length} accounts`);
  }
  return Math.round(((accounts.length - before) * 1_000) / (performance.now() - began));
}

function drawnByZipf(accounts: readonly BenchAccount[], count: number): readonly BenchAccount[] {
  const sums = new Float64Array(accounts.length);
  let sum = 0;
  accounts.forEach((_, place) => (sums[place] = sum += (place + 1) ** -ZIPF));
  return Array.from({ length: count }, () => accounts[placeOf(sums, Math.random() * sum)]).filter((account) => account !== undefined);
}

/** First place whose running sum is above the value. */
function placeOf(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Gives money to payers who have none, and lets each take it in by a first payment: what is measured then differs by the number of accounts alone. */
async function fund(bench: Bench, accounts: readonly BenchAccount[], payers: readonly BenchAccount[], funded: Set<BenchAccount>): Promise<void> {
  const needy = [...new Set(payers)];
  const treasuries = accounts.slice(0, TREASURIES);
  bench.say(`${needy.length} accounts are given money`);
  await insistOn(bench, needy.map((account, number) => ({ payer: treasuries[number % treasuries.length] ?? account, payee: account.id })), GIVEN);
  bench.say(`${needy.length} accounts pay for the first time`);
  await insistOn(bench, needy.map((payer) => ({ payer, payee: bench.ground.merchant.id })));
  for (const account of needy) funded.add(account);
}

async function insistOn({ ground }: Bench, intents: readonly Intent[], amount = '1'): Promise<void> {
  const queues = await pressQueues(ground, byHome(ground, intents), { pieceSize: BULK, amount });
  await Promise.all(queues.map((pieces, turn) => sendAll(ground.members[turn]?.gateway.url ?? '', pieces)));
}

async function payBy({ ground, say, meter: whole }: Bench, payers: readonly BenchAccount[], tell: (row: Row) => void): Promise<Measured> {
  say(`signing ${payers.length} payments`);
  const queues = await pressQueues(ground, byHome(ground, payers.map((payer): Intent => ({ payer, payee: ground.merchant.id }))), { pieceSize: BULK });
  const meter = await openMeter(ground);
  const before = diskOf(ground);
  const measured = await drain({ warmUpSeconds: WARM_UP_SECONDS, span: both(meter, whole), ...senders(ground, queues, 'bulk') });
  const { processes } = await meter.used();
  const each = microsecondsEach(processes, measured.committed);
  tell({
    paymentsPerSecond: Math.round(measured.committed / measured.seconds),
    refused: measured.refused,
    peerMiB: highest(processes, 'peer'),
    gatewayMiB: highest(processes, 'gateway'),
    diskBytesPerPayment: Math.round((diskOf(ground) - before) / payers.length),
    peerMicroseconds: each['peer'] ?? 0,
    gatewayMicroseconds: each['gateway'] ?? 0,
    chaincodeMicroseconds: each['chaincode'] ?? 0,
  });
  return measured;
}

function both(...meters: readonly Bench['meter'][]) {
  return { begin: () => meters.forEach(({ begin }) => begin()), end: () => meters.forEach(({ end }) => end()) };
}

/** Bytes of the first organization's peer. */
function diskOf({ network, members }: Ground): number {
  const [member] = members;
  if (member === undefined) return 0;
  const folder = network.paths.organization(member.organizationId).node(member.peer.node);
  return Number(execFileSync('du', ['-sk', folder]).toString().split('\t')[0]) * 1_024;
}
