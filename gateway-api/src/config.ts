import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { officerIdSchema, organizationIdSchema } from '@tallystick/chaincode/domain';

const port = z.int().min(1).max(65_535);
const path = z.string().min(1);

const peerSchema = z.strictObject({
  organizationId: organizationIdSchema,
  name: z.string().min(1),
  endpoint: z.string().regex(/^[^:]+:\d+$/, 'is host:port'),
  tlsRootCertificate: path,
});

const configSchema = z.strictObject({
  organizationId: organizationIdSchema,
  ledger: z.string().min(1),
  /** `trustedProxies`: addresses of proxies before it, whose X-Forwarded-For is believed; without them all their clients share one address. */
  http: z.strictObject({ host: z.string().min(1), port, trustedProxies: z.array(z.union([z.ipv4(), z.ipv6()])).default([]) }),
  /** Where figures for its operators are read (`GET /metrics`), by whoever reaches the address; without it, nowhere. */
  operations: z.strictObject({ host: z.string().min(1), port }).optional(),
  data: path,
  /** Gateways of other organizations, to which instructions on their enterprises' credit are handed. */
  gateways: z.array(z.strictObject({ organizationId: organizationIdSchema, url: z.url() })).default([]),
  /** The office by which the gateway ends what is past its deadline; without one it leaves that to others. */
  officer: z.strictObject({ id: officerIdSchema, certificate: path, privateKey: path }).optional(),
  fabric: z.strictObject({
    channel: z.string().min(1),
    chaincode: z.string().min(1),
    identity: z.strictObject({ mspId: organizationIdSchema, certificate: path, privateKey: path }),
    peers: z.array(peerSchema).min(1),
  }),
  certificateAuthority: z.strictObject({
    url: z.url(),
    name: z.string().min(1),
    tlsRootCertificate: path,
    registrar: z.strictObject({ certificate: path, privateKey: path }),
  }),
});

/** What a gateway is told by its configuration file; files are named by path. */
export type Config = z.infer<typeof configSchema>;
export type PeerConfig = z.infer<typeof peerSchema>;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How the process was started. */
export interface Start {
  readonly configFile: string;
  /** Drop the index and read the chain again. */
  readonly rebuild: boolean;
  readonly logLevel: LogLevel;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const USAGE = 'usage: node gateway-api/src/main.ts <config.json> [--rebuild]';

/** The configuration cannot be used; the message lists what is wrong. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** Arguments and environment; the only place that reads either. @throws ConfigError */
export function readStart(args: readonly string[] = process.argv.slice(2), env: NodeJS.ProcessEnv = process.env): Start {
  const [configFile, ...more] = args.filter((argument) => argument !== '--rebuild');
  if (configFile === undefined || more.length > 0) throw new ConfigError(USAGE);
  const logLevel = LOG_LEVELS.find((level) => level === (env['LOG_LEVEL'] ?? 'info'));
  if (logLevel === undefined) throw new ConfigError(`LOG_LEVEL is one of ${LOG_LEVELS.join(', ')}`);
  return { configFile, rebuild: args.includes('--rebuild'), logLevel };
}

/** @throws ConfigError that lists everything that is missing or wrong */
export function readConfig(file: string): Config {
  const result = configSchema.safeParse(readJson(file));
  if (!result.success) {
    const faults = result.error.issues.map(({ path: member, message }) => `  ${member.map(String).join('.') || 'the file'}: ${message}`);
    throw new ConfigError(`${file} cannot be used:\n${faults.join('\n')}`);
  }
  const [own] = result.data.fabric.peers;
  if (own?.organizationId !== result.data.organizationId) throw new ConfigError(`${file} cannot be used:\n  fabric.peers: the first is not a peer of ${result.data.organizationId}`);
  const missing = filesOf(result.data).filter((named) => !existsSync(named));
  if (missing.length > 0) throw new ConfigError(`${file} names files that are not there:\n${missing.map((named) => `  ${named}`).join('\n')}`);
  return result.data;
}

function filesOf({ fabric, officer, certificateAuthority: { tlsRootCertificate, registrar } }: Config): readonly string[] {
  const { certificate, privateKey } = fabric.identity;
  return [certificate, privateKey, ...fabric.peers.map((peer) => peer.tlsRootCertificate), tlsRootCertificate, registrar.certificate, registrar.privateKey, ...(officer === undefined ? [] : [officer.certificate, officer.privateKey])];
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
