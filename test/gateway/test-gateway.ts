import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { canonicalJson } from '../../chaincode/src/domain/index.ts';
import { Checks } from '../../gateway-api/src/checks.ts';
import type { LedgerClient } from '../../gateway-api/src/fabric/ledger-client.ts';
import type { Gateway } from '../../gateway-api/src/gateway.ts';
import { Access } from '../../gateway-api/src/http/access.ts';
import { newServer } from '../../gateway-api/src/http/server.ts';
import { openIndex } from '../../gateway-api/src/index/ledger-index.ts';
import { isRemoved } from '../../gateway-api/src/index/wards.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { newKey } from '../../gateway-api/src/directory/blinding.ts';
import { Directory } from '../../gateway-api/src/directory/directory.ts';
import { Registrations } from '../../gateway-api/src/registration/registrations.ts';
import { openRegistrationStore } from '../../gateway-api/src/registration/store.ts';
import { ROUTES } from '../../gateway-api/src/routes/all.ts';
import { Backlog } from '../../gateway-api/src/sequencer/backlog.ts';
import type { BacklogBounds } from '../../gateway-api/src/sequencer/backlog-room.ts';
import { Intake } from '../../gateway-api/src/sequencer/intake.ts';
import { openMetrics } from '../../gateway-api/src/metrics.ts';
import { openJournal } from '../../gateway-api/src/sequencer/journal.ts';
import { Sequencer } from '../../gateway-api/src/sequencer/sequencer.ts';
import { envelopeOf, signEnvelope, signText, type Signer } from '../support/signer.ts';
import type { Envelope } from '../../chaincode/src/domain/index.ts';
import { memoryChain, newApplicant, type MemoryChain } from './memory-chain.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, never> & { readonly [member: string]: unknown };
}

/** A gateway of NorthPay with its HTTP server, on a chain in memory. */
export interface TestGateway {
  readonly chain: MemoryChain;
  readonly gateway: Gateway;
  readonly url: string;
  readonly close: () => Promise<void>;
  readonly call: (path: string, init?: RequestInit) => Promise<Answered>;
  /** Submits text as application/jose. */
  readonly submit: (jws: string, path?: string, headers?: Record<string, string>) => Promise<Answered>;
  /** Signs and submits. */
  readonly send: (signer: Signer, type: string, body: unknown, changes?: Partial<Envelope>, path?: string) => Promise<Answered>;
  readonly read: (signer: Signer, path: string) => Promise<Answered>;
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answered>;
  readonly token: (signer: Signer) => Promise<string>;
  readonly register: (organization: string, roles?: readonly string[]) => Promise<Signer>;
}

export interface TestOptions {
  readonly maxWaiting?: number;
  readonly backlog?: BacklogBounds;
  readonly check?: LedgerClient['check'];
}

export function sign(signer: Signer, type: string, body: unknown, changes: Partial<Envelope> = {}): string {
  return signEnvelope(signer, envelopeOf(signer, type, body, Date.now(), changes));
}

export async function openTestGateway(options: TestOptions = {}): Promise<TestGateway> {
  const chain = await memoryChain();
  const gateway = compose(chain, options);
  const server = newServer(gateway, ROUTES, silentLog, ['127.0.0.1']);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { chain, gateway, url, close: () => closeServer(server), ...caller(url, chain) };
}

function compose(chain: MemoryChain, options: TestOptions): Gateway {
  const ids = { ledger: 'testledger', organizationId: 'NorthPay' };
  const index = openIndex({ folder: ':memory:', rebuild: false, log: silentLog });
  chain.attach(index);
  const metrics = openMetrics();
  const sequencer = new Sequencer({ ledger: metrics.transactions.of(chain), log: silentLog, clockIsStale: async () => void (await chain.tick()), incomingFor: index.statements.incoming, isRemoved: isRemoved(index), ...options });
  const journal = openJournal(':memory:');
  const intake = new Intake({ ledger: ids.ledger, index, sequencer, journal, crypto: nodeCrypto });
  const certify = (): Promise<string> => Promise.reject(new Error('there is no CA here'));
  const backlog = new Backlog({ index, intake, journal, log: silentLog, told: metrics.told, ...(options.backlog === undefined ? {} : { most: options.backlog }) });
  const readiness: Gateway['readiness'] = { now: () => ({ ready: true, ...ids, height: chain.blocks.length, asOfBlock: index.block(), clock: String(index.clock()), reasons: [] }) };
  metrics.watch({ sequencer, backlog, readiness });
  return {
    ...ids,
    index,
    access: new Access({ index, crypto: nodeCrypto, ...ids }),
    intake,
    backlog,
    checks: new Checks({ check: options.check ?? (() => Promise.reject(new Error('there is no peer here'))) }),
    readiness,
    waiting: new Map(),
    metrics,
    log: silentLog,
    directory: new Directory({ ...ids, key: newKey(), index, crypto: nodeCrypto, officer: undefined, neighbours: [], log: silentLog }),
    registrations: new Registrations({ ...ids, store: openRegistrationStore(':memory:'), index, crypto: nodeCrypto, certify }),
  };
}

function caller(url: string, chain: MemoryChain) {
  const call: TestGateway['call'] = async (path, init) => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Answered['body']) };
  };
  const submit: TestGateway['submit'] = (jws, path = '/instructions', headers = {}) =>
    call(path, { method: 'POST', headers: { 'content-type': 'application/jose', ...headers }, body: jws });
  const post: TestGateway['post'] = (path, body, headers = {}) =>
    call(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  const send: TestGateway['send'] = (signer, type, body, changes = {}, path = '/instructions') => submit(sign(signer, type, body, changes), path);
  const token = async (signer: Signer): Promise<string> => {
    const { body } = await post('/auth/challenges', { signer: signer.id });
    const answer = await post('/auth/tokens', { token: tokenRequest(signer, String(body['challenge'])) });
    return String(answer.body['accessToken']);
  };
  return {
    call, submit, post, send, token,
    read: async (signer: Signer, path: string) => call(path, { headers: { authorization: `Bearer ${await token(signer)}` } }),
    register: async (organization: string, roles?: readonly string[]): Promise<Signer> => {
      const { signer, body } = await newApplicant(chain, organization, roles);
      const answer = await send(officerOf(chain, `registrar@${organization}`), 'account.register/1', body);
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return signer;
    },
  };
}

export function tokenRequest(signer: Signer, challenge: string, changes: Record<string, string> = {}): string {
  const request = { type: 'auth.token/1', ledger: 'testledger', gateway: 'NorthPay', signer: signer.id, challenge, issuedAt: new Date().toISOString(), ...changes };
  return signText(signer, canonicalJson(request));
}

export function officerOf(chain: MemoryChain, id: string): Signer {
  const officer = chain.officers[id];
  if (officer === undefined) throw new Error(`no officer ${id}`);
  return officer;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
