import { request } from 'node:https';
import { connect } from 'node:net';
import type { CredentialPaths } from '../config/paths.ts';
import { readText } from '../files.ts';
import { HOST, nodeNames, ports, type Topology } from '../topology.ts';

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The server's clock, from the `Date` header. */
  readonly date: string;
}

export interface ProbeOptions {
  readonly port: number;
  readonly path: string;
  /** Path of the root certificate of the server. */
  readonly root: string;
  /** Client certificate for an endpoint that wants one. */
  readonly client?: CredentialPaths;
}

/** GET over TLS from one of the network's own endpoints. */
export function probe({ port, path, root, client }: ProbeOptions): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const credential = client === undefined ? {} : { cert: readText(client.certificate), key: readText(client.privateKey) };
    const sent = request({ host: HOST, port, path, ca: readText(root), ...credential, agent: false, timeout: 5000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, date: response.headers.date ?? '' }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`port ${port} does not answer`)));
    sent.on('error', reject);
    sent.end();
  });
}

/** Whether something listens on a port of this machine. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: 2000 });
    const settle = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', settle(true));
    socket.on('error', settle(false));
    socket.on('timeout', settle(false));
  });
}

/** Ports of a network, or of some of its nodes, on which something listens. */
export async function takenPorts(network: Topology, nodes: readonly string[] = nodeNames(network)): Promise<readonly { readonly port: number; readonly node: string }[]> {
  return (await Promise.all(ports(network).filter(({ node }) => nodes.includes(node)).map(async (it) => ((await isListening(it.port)) ? [it] : [])))).flat();
}

/** Whether the gateway on a port says that it is ready. */
export async function isReady(port: number): Promise<boolean> {
  return (await fetch(`http://${HOST}:${port}/readyz`, { signal: AbortSignal.timeout(5000) })).ok;
}
