import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { envelopeSchema, isAccountId, organizationOf, parseInstant, type Crypto } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import type { Reader } from '../http/access.ts';
import { HttpError } from '../http/http-error.ts';
import { signedRequest } from '../http/signed-request.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { Log } from '../log.ts';
import { askNeighbour, type Neighbour } from '../neighbour.ts';
import type { SigningOfficer } from '../sweeper/officer.ts';
import { Allowance } from './allowance.ts';
import { blind, evaluate, keyedHash, newKey } from './blinding.ts';

export interface DirectoryOptions {
  readonly organizationId: string;
  readonly ledger: string;
  /** Whoever loses it loses the organization's aliases; whoever else has it can try out whom they are of. */
  readonly key: Buffer;
  readonly index: Pick<LedgerIndex, 'objects' | 'certificates'>;
  readonly crypto: Crypto;
  /** By whom other gateways know this one; without it only the own organization's aliases are found. */
  readonly officer: SigningOfficer | undefined;
  readonly neighbours: readonly Neighbour[];
  readonly log: Log;
}

export interface Found {
  readonly account: string;
  readonly organization: string;
  readonly alias: string;
}

export interface Lookup {
  readonly items: readonly Found[];
  /** Members whose gateway did not answer, or is not known here: there may be more. */
  readonly unanswered: readonly string[];
}

const ANSWER = { withinMs: 3_000, atMost: 1_024 };
const REQUEST_TYPE = 'directory.evaluate/1';
const FRESH_MS = 60_000;
const FOR_ACCOUNTS = { perMinute: 10, perDay: 100 };
const FOR_OFFICERS = { perMinute: 60, perDay: 5_000 };
/** All that another organization's gateway asks for all of its readers. */
const FOR_NEIGHBOURS = { perMinute: 120, perDay: 10_000 };

const requestSchema = envelopeSchema.extend({ type: z.literal(REQUEST_TYPE), body: z.strictObject({ gateway: z.string(), element: z.string().regex(/^[A-Za-z0-9_-]{44}$/) }) });
const answerSchema = z.object({ element: z.string() });

/** Finds accounts by what their holders are known by. Each organization has the key of its own holders' aliases and no other. */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #accounts = new Allowance(FOR_ACCOUNTS);
  readonly #officers = new Allowance(FOR_OFFICERS);
  readonly #neighbours = new Allowance(FOR_NEIGHBOURS);

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** The alias of an identifier of a holder of this organization. */
  aliasOf(text: string): string {
    return aliasFrom(this.#options.organizationId, text, keyedHash(this.#options.key, text));
  }

  /** Asks every organization, none of which learns for what. @throws HttpError TOO_MANY_REQUESTS */
  async lookup(text: string, { signer }: Reader): Promise<Lookup> {
    const { organizationId, index } = this.#options;
    const allowance = isAccountId(signer) ? this.#accounts : this.#officers;
    if (!allowance.take(signer)) throw new HttpError('TOO_MANY_REQUESTS');
    const members = index.objects.organizations.all().filter(({ id, status }) => id !== organizationId && status !== 'removed');
    const others = await Promise.all(members.map(async ({ id }) => [id, await this.#ask(id, text)] as const));
    const aliases = [[organizationId, this.aliasOf(text)] as const, ...others];
    return {
      items: aliases.flatMap(([organization, alias]) => this.#found(organization, alias)),
      unanswered: aliases.flatMap(([organization, alias]) => (alias === undefined ? [organization] : [])),
    };
  }

  /** Raises what an officer of another gateway has blinded, for this one and just now. @throws HttpError, LedgerError */
  evaluate(jws: string): string {
    const { signer, issuedAt, body: { gateway, element } } = signedRequest(requestSchema, jws, this.#options).request;
    if (isAccountId(signer)) throw new HttpError('NOT_ENTITLED');
    if (gateway !== this.#options.organizationId) throw new HttpError('REQUEST_MALFORMED', { member: 'body.gateway' });
    if (Math.abs(Date.now() - parseInstant(issuedAt)) > FRESH_MS) throw new HttpError('REQUEST_MALFORMED', { member: 'issuedAt' });
    if (!this.#neighbours.take(organizationOf(signer))) throw new HttpError('TOO_MANY_REQUESTS');
    try {
      return evaluate(this.#options.key, Buffer.from(element, 'base64url')).toString('base64url');
    } catch {
      throw new HttpError('REQUEST_MALFORMED', { member: 'body.element' });
    }
  }

  async #ask(organizationId: string, text: string): Promise<string | undefined> {
    const { neighbours, officer } = this.#options;
    const url = neighbours.find((neighbour) => neighbour.organizationId === organizationId)?.url;
    if (url === undefined || officer === undefined) return undefined;
    const { element, finish } = blind(text);
    const request = officer.sign(REQUEST_TYPE, { gateway: organizationId, element: element.toString('base64url') });
    try {
      const { element: answer } = answerSchema.parse(await askNeighbour(`${url}/directory/evaluations`, { json: { request }, ...ANSWER }));
      return aliasFrom(organizationId, text, finish(Buffer.from(answer, 'base64url')));
    } catch (error) {
      this.#options.log.warn({ gateway: organizationId, reason: String(error) }, 'no answer for the directory');
      return undefined;
    }
  }

  #found(organization: string, alias: string | undefined): readonly Found[] {
    const { objects } = this.#options.index;
    const account = alias === undefined ? undefined : objects.aliases.one(`${organization}/${alias}`)?.account;
    const isOpen = account !== undefined && objects.accounts.one(account)?.status !== 'closed';
    return alias === undefined || account === undefined || !isOpen ? [] : [{ account, organization, alias }];
  }
}

/** Bound to the organization, so that one cannot answer with the alias of another's. */
function aliasFrom(organization: string, text: string, hash: Buffer): string {
  return createHash('sha256').update(`tallystick alias ${organization} ${text} `).update(hash).digest('base64url');
}

/** The key in a file; made when it is not there. @throws ConfigError when there is something else in it */
export function directoryKey(file: string): Buffer {
  if (!existsSync(file)) {
    // Whole on disk before it has its name: aliases under a key that was cut short are lost with it.
    writeFileSync(`${file}.part`, `${newKey().toString('hex')}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.part`, file);
  }
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new ConfigError(`${file} is not the directory's key, 64 hexadecimal digits: put back the one that was backed up`);
  return Buffer.from(text, 'hex');
}
