import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { openIndex, type LedgerIndex } from '../../../gateway-api/src/index/ledger-index.ts';
import { stateKey } from '../../../chaincode/src/ledger/keys.ts';
import { TABLES } from '../../../gateway-api/src/index/schema.ts';
import { silentLog } from '../../../gateway-api/src/log.ts';
import { memoryChain, newApplicant } from '../../gateway/memory-chain.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { until } from '../../support/patience.ts';
import { envelopeOf, privateKeyOf, signEnvelope, uuidAt, type Signer } from '../../support/signer.ts';
import { bearerFor } from '../bearer.ts';
import { send } from '../http.ts';
import { accountBlock, paymentBlock, PAYMENTS_IN_BLOCK, type Cast } from '../index-press.ts';
import { latencyOf } from '../latency.ts';
import { openLoop, type Measured, type Row, type Span } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { CLIENT, type NamedProcess } from '../processes.ts';
import type { Say } from '../provision.ts';

const RATE = 200;
const WARM_UP_SECONDS = 2;
const TOKEN = 'BEN@NorthPay';
const ACCOUNTS_PER_ROWS = 100;
const ACCOUNTS_IN_BLOCK = 500;
const BILLS_KEPT = 100_000;
/** A row more or less does not matter; counting them takes longer than making some. */
const ROWS_PER_PAYMENT = 3;
const NEXT_PAGES = 'its next pages';
const INBOX = 'inbox of the merchant';

/**
 * Reads of a gateway whose index has millions of rows: a gateway's process over HTTP, without a network behind it. The
 * rows come through the gateway's own projector, from blocks that are made up but for founding, token and first account.
 */
export async function reads({ rows, seconds, rate = RATE, basePort }: BenchOptions, say: Say, spanOf: (processes: readonly NamedProcess[]) => Span): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-reads-'));
  try {
    const filled = await fill(folder, rows, say);
    say(`the index has ${rowsOf(folder)} rows`);
    const gateway = await startGateway(folder, basePort);
    try {
      const span = spanOf([{ name: 'gateway.NorthPay', pid: gateway.pid }, { name: CLIENT, pid: process.pid }]);
      return await readAll({ url: gateway.url, ...filled }, { seconds, rate, say, span });
    } finally {
      gateway.stop();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Filled {
  readonly cast: Cast;
  readonly auditor: Signer;
  readonly merchant: Signer;
  /** Some of the bills. */
  readonly bills: readonly string[];
}

async function fill(folder: string, rows: number, say: Say): Promise<Filled> {
  const chain = await memoryChain();
  const index = openIndex({ folder: join(folder, 'data'), rebuild: false, log: silentLog });
  const { signer: merchant, body } = await newApplicant(chain, 'NorthPay', ['merchant']);
  const officers = chain.officers;
  const by = (name: string, type: string, what: unknown): string => signEnvelope(officers[`${name}@NorthPay`] as Signer, envelopeOf(officers[`${name}@NorthPay`] as Signer, type, what, Date.now()));
  const define = by('issuer', 'token.define/1', { token: TOKEN, name: 'Benchmark unit', decimals: 2, kind: 'money', source: { code: 'BEN', fields: {} } });
  const applied = await chain.apply({ instructions: [by('registrar', 'account.register/1', body), define], lane: 0, after: -1 });
  if (applied.kind !== 'committed') throw new Error(JSON.stringify(applied));
  chain.attach(index);
  const accountRecord = recordOf(chain.blocks, stateKey('account', merchant.id));
  const accounts = Array.from({ length: Math.max(100, Math.floor(rows / ACCOUNTS_PER_ROWS)) }, () => `${uuidAt(Date.now())}@NorthPay`);
  const cast: Cast = { token: TOKEN, merchant: merchant.id, accounts, accountRecord };
  for (let first = 0; first < accounts.length; first += ACCOUNTS_IN_BLOCK) index.read(accountBlock(index.block() + 1, accounts.slice(first, first + ACCOUNTS_IN_BLOCK), cast));
  const bills = await fillPayments(index, rows, cast, say);
  index.close();
  return { cast, auditor: officers['auditor@NorthPay'] as Signer, merchant, bills };
}

async function fillPayments(index: LedgerIndex, rows: number, cast: Cast, say: Say): Promise<readonly string[]> {
  const bills: string[] = [];
  const began = Date.now();
  const total = Math.ceil(rows / ROWS_PER_PAYMENT);
  for (let payments = PAYMENTS_IN_BLOCK; payments <= total; payments += PAYMENTS_IN_BLOCK) {
    const { block, bills: more } = paymentBlock(index.block() + 1, began, cast);
    index.read(block);
    // The index commits by a timer.
    await immediate();
    if (payments % 100_000 === 0) say(`${payments} of ${total} payments, ${Math.round(payments / ((Date.now() - began) / 1_000))}/s through the projector`);
    for (const bill of more) {
      if (bills.length < BILLS_KEPT) bills.push(bill);
      else bills[Math.floor(Math.random() * BILLS_KEPT)] = bill;
    }
  }
  return bills;
}

function recordOf(blocks: Awaited<ReturnType<typeof memoryChain>>['blocks'], key: string): string {
  for (const { transactions } of blocks) {
    for (const { call } of transactions) {
      const write = call?.writes.find((each) => each.key === key);
      if (write?.value !== undefined) return Buffer.from(write.value).toString();
    }
  }
  throw new Error(`no ${key}`);
}

function rowsOf(folder: string): number {
  const database = new DatabaseSync(join(folder, 'data', 'index.db'), { readOnly: true });
  const rows = TABLES.reduce((sum, { name }) => sum + Number(database.prepare(`SELECT count(*) AS rows FROM ${name}`).get()?.['rows'] ?? 0), 0);
  database.close();
  return rows;
}

/** The gateway's own process; the peers it is told of are not there, which reading does without. */
async function startGateway(folder: string, port: number): Promise<{ readonly url: string; readonly pid: number; readonly stop: () => void }> {
  const { keys, certificate } = await makeAuthority('nobody');
  const files = { certificate: join(folder, 'certificate.pem'), privateKey: join(folder, 'key.pem') };
  writeFileSync(files.certificate, certificate.toString('pem'));
  writeFileSync(files.privateKey, privateKeyOf(keys).export({ type: 'pkcs8', format: 'pem' }));
  const nowhere = { endpoint: '127.0.0.1:9', tlsRootCertificate: files.certificate };
  const config = {
    organizationId: 'NorthPay', ledger: 'testledger', http: { host: '127.0.0.1', port }, data: join(folder, 'data'),
    fabric: { channel: 'tallystick', chaincode: 'tallystick', identity: { mspId: 'NorthPay', ...files }, peers: [{ organizationId: 'NorthPay', name: 'peer', ...nowhere }] },
    certificateAuthority: { url: 'https://127.0.0.1:9', name: 'user', tlsRootCertificate: files.certificate, registrar: files },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../gateway-api/src/main.ts'), join(folder, 'config.json')], { env: { ...process.env, LOG_LEVEL: 'error' }, stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  await until('the gateway', async () => (await send({ url: `${url}/livez` }).catch(() => undefined))?.status === 200 || undefined);
  return { url, pid: child.pid ?? 0, stop: () => void child.kill() };
}

interface Library extends Filled {
  readonly url: string;
}

async function readAll(library: Library, { seconds, rate, say, span }: { readonly seconds: number; readonly rate: number; readonly say: Say; readonly span: Span }): Promise<Measured> {
  const { url, cast: { accounts }, bills, auditor, merchant } = library;
  const at = { url, gateway: 'NorthPay', ledger: 'testledger' };
  const [asAuditor, asMerchant] = [await bearerFor(at, auditor), await bearerFor(at, merchant)];
  const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
  let cursor = '';
  const kinds: Readonly<Record<string, () => string>> = {
    account: () => `/accounts/${any(accounts)}`,
    balances: () => `/accounts/${any(accounts)}/balances`,
    bill: () => `/bills/${any(bills)}`,
    'statement, 50 lines': () => `/accounts/${any(accounts)}/postings?limit=50`,
    'statement of the merchant': () => `/accounts/${merchant.id}/postings?limit=50`,
    [NEXT_PAGES]: () => `/accounts/${merchant.id}/postings?limit=50${cursor}`,
    [INBOX]: () => '/inbox',
  };
  const rows: Row[] = [];
  const all: Measured[] = [];
  for (const [kind, pathOf] of Object.entries(kinds)) {
    say(`measuring ${kind} at ${rate}/s`);
    const measured = await openLoop({
      seconds, warmUpSeconds: WARM_UP_SECONDS, rate, span,
      send: async () => {
        const { status, body } = await send({ url: url + pathOf(), headers: kind === INBOX ? asMerchant : asAuditor });
        if (kind === NEXT_PAGES) cursor = cursorIn(body);
        return { committed: status === 200 ? 1 : 0, refused: status === 200 ? 0 : 1 };
      },
    });
    if (measured.refused > 0) throw new Error(`${measured.refused} reads of ${kind} failed`);
    all.push(measured);
    rows.push({ read: kind, offeredPerSecond: rate, ...latencyOf(measured.latencies) });
  }
  const sum = (member: 'committed' | 'refused' | 'seconds') => all.reduce((total, measured) => total + measured[member], 0);
  return { committed: sum('committed'), refused: sum('refused'), seconds: sum('seconds'), latencies: all.flatMap(({ latencies }) => latencies), rows };
}

/** As the next request's query has it; after the last page it begins again. */
function cursorIn(body: Buffer): string {
  const { cursor } = JSON.parse(body.toString()) as { readonly cursor?: string };
  return cursor === undefined ? '' : `&cursor=${cursor}`;
}
