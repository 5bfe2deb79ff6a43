import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Wallet } from '@tallystick/client/wallet';
import { runCommandLine } from '../../client/src/cli/program.ts';
import { CHALLENGE, accessToken, problem, READY, RECEIPT, type Reply, type Seen } from './gateway-fixture.ts';
import { newSigner, selfSigned } from './signer-fixture.ts';

/** What a command line said, and its status. */
export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** The command line with a folder of wallets, in front of a gateway that answers from a script. */
export interface Desk {
  readonly folder: string;
  readonly gateway: string;
  /** By method and path; what is not there is 404. */
  readonly routes: Record<string, Reply>;
  readonly seen: readonly Seen[];
  readonly tally: (...args: readonly string[]) => Promise<Said>;
  /** The default wallet, with a signer. */
  readonly registeredWallet: (id?: string) => Promise<Wallet>;
  readonly close: () => void;
}

export async function openDesk(): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'tally-'));
  const seen: Seen[] = [];
  const routes: Record<string, Reply> = { 'GET /readyz': READY, 'POST /auth/challenges': CHALLENGE, 'POST /auth/tokens': accessToken('t1', 300), 'POST /instructions': RECEIPT };
  const { server, gateway } = await serve((request) => {
    seen.push(request);
    return (routes[`${request.method} ${request.path}`] ?? problem(404, 'ROUTE_UNKNOWN'))(request);
  });
  return {
    folder,
    gateway,
    routes,
    seen,
    tally: async (...args) => {
      const texts = { out: '', err: '' };
      const streams = { out: (written: string) => void (texts.out += written), err: (written: string) => void (texts.err += written) };
      const config = { wallet: 'default', gateway: undefined, walletsFolder: join(folder, 'wallets') };
      return { status: await runCommandLine(args, { config, streams }), ...texts };
    },
    registeredWallet: async (id) => {
      const signer = await newSigner(id);
      const wallet = new Wallet(join(folder, 'wallets', 'default'));
      await wallet.saveKey(signer.key);
      wallet.saveCertificate(await selfSigned(signer.key));
      wallet.change({ gateway, signer: signer.id });
      return wallet;
    },
    close: () => {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function serve(reply: Reply): Promise<{ readonly server: Server; readonly gateway: string }> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path } = new URL(request.url ?? '/', 'http://gateway.test');
    const { status, headers, body } = await textOf(await reply({ method: request.method ?? 'GET', path, headers: new Headers(), body: await text(request) }));
    response.writeHead(status, headers).end(body);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, gateway: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function textOf(response: Response) {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
