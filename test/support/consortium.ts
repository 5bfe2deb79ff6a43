import { readFileSync } from 'node:fs';
import { TallyClient, applyForAccount, approveRegistration, createKey, createSalt, createSigner, define, holderDigest, importKey, issue, registration, requestCertificate, TallyError, uuidv7, type Signer } from '../../client/src/index.ts';
import type { AccountRole } from '../../chaincode/src/domain/index.ts';
import { openNetwork, type MemberDescription, type Network, type Officer } from '../../network/src/index.ts';
import { Hostile } from './hostile.ts';
import { until } from './patience.ts';

/** Another name and port let two checkouts run their tests at the same time. */
const NAME = process.env['TALLYSTICK_TEST_NAME'] ?? 'test';
/** The ledger is named after its network. */
export const LEDGER = NAME;
const BASE_PORT = Number(process.env['TALLYSTICK_TEST_BASE_PORT'] ?? 27_000);
/** Set, the network that runs is used as it is and left running: for whoever writes a test. */
const KEEP = process.env['TALLYSTICK_TEST_KEEP'] !== undefined;

/** Somebody with an account. */
export type Holder = TallyClient & { readonly signer: Signer };

/** The real network the end-to-end suites share. */
export interface Consortium {
  readonly network: Network;
  readonly members: Readonly<Record<string, MemberDescription>>;
  readonly gateway: (organization: string) => string;
  readonly member: (organization: string) => MemberDescription;
  readonly signer: (organization: string, officer: Officer) => Promise<Signer>;
  readonly officer: (organization: string, officer: Officer) => Promise<TallyClient>;
  /** The organization's own Fabric identity and its peer's gRPC, without its gateway. */
  readonly hostile: (organization: string) => Hostile;
  /** Registers an account the way a person would, and answers its client at its home gateway. */
  readonly register: (organization: string, roles?: readonly AccountRole[]) => Promise<Holder>;
  /** Waits until the organization's peer has the block. */
  readonly hasBlock: (organization: string, block: number) => Promise<void>;
  /** What an action answers when every peer has everything that was committed before: up to this block, which a gateway's index may yet have to read. */
  readonly settled: <T>(action: (minBlock: number) => Promise<T>) => Promise<T>;
  /** A token of the organization, defined once for all suites. */
  readonly token: (organization: string) => Promise<string>;
  readonly fund: (account: string, token: string, amount: string) => Promise<void>;
}

let opened: Promise<Consortium> | undefined;

/** What takes minutes on a new machine, and longer than a test may. */
export function prepareConsortium(): Promise<void> {
  return networkOf().build();
}

/** Brings a fresh network up at the first call. */
export function openConsortium(): Promise<Consortium> {
  opened ??= open();
  return opened;
}

export async function closeConsortium(): Promise<void> {
  if (opened === undefined) return;
  const consortium = await opened.catch(() => undefined);
  for (const hostile of insiders.values()) hostile.close();
  if (!KEEP) await (consortium?.network ?? networkOf()).down();
}

async function open(): Promise<Consortium> {
  if (!KEEP) await networkOf().reset();
  const network = networkOf();
  if (!(KEEP && (await network.status()).running)) await network.up();
  // Asked each time: organizations come and go.
  const members = () => Object.fromEntries(network.describe().organizations.map((member) => [member.organizationId, member]));
  const member = (organization: string): MemberDescription => {
    const found = members()[organization];
    if (found === undefined) throw new Error(`no organization ${organization}`);
    return found;
  };
  const gateway = (organization: string) => member(organization).gateway.url;
  const signer = remembered(async (organization: string, name: Officer) => {
    const { privateKey, certificate } = member(organization).officers[name];
    const key = await importKey(readFileSync(privateKey, 'utf8'));
    return createSigner({ id: `${name}@${organization}`, key, certificate: readFileSync(certificate, 'utf8') });
  });
  const officer = remembered(async (organization: string, name: Officer) => new TallyClient({ gateway: gateway(organization), signer: await signer(organization, name) }));
  const hostile = (organization: string): Hostile => insider(network, member(organization));
  const hasBlock = async (organization: string, block: number): Promise<void> => {
    await until(`block ${block} on the peer of ${organization}`, async () => ((await hostile(organization).chain()).height > block ? true : undefined));
  };
  const token = remembered(async (organization: string) => {
    const id = `USD@${organization}`;
    const issuer = await officer(organization, 'issuer');
    const defined = issuer.send(define, { token: id, name: `${organization} dollar`, decimals: 2, kind: 'money', source: { code: 'USD', fields: {} } });
    await defined.catch((error: unknown) => (KEEP ? undefined : Promise.reject(error as Error)));
    return id;
  });
  return {
    network,
    get members() {
      return members();
    },
    gateway,
    member,
    signer,
    officer,
    hostile,
    hasBlock,
    settled: async (action) => {
      const names = Object.keys(members());
      const heights = await Promise.all(names.map(async (name) => (await hostile(name).chain()).height));
      const last = Math.max(...heights) - 1;
      await Promise.all(names.map((name) => hasBlock(name, last)));
      return action(last);
    },
    token,
    register: async (organization, roles = ['person']) => {
      const signer = await registerAccount(gateway(organization), await officer(organization, 'registrar'), organization, roles);
      return Object.assign(new TallyClient({ gateway: gateway(organization), signer }), { signer });
    },
    fund: async (account, id, amount) => {
      const issuer = await officer(id.slice(id.indexOf('@') + 1), 'issuer');
      await issuer.send(issue, { token: id, account, amount });
    },
  };
}

async function registerAccount(gateway: string, registrar: TallyClient, organization: string, roles: readonly AccountRole[]): Promise<Signer> {
  const account = `${uuidv7()}@${organization}`;
  const key = await createKey();
  const { ledger } = await registrar.readiness();
  const request = await requestCertificate(key, { ledger, holder: account });
  const ticket = await applyForAccount({ gateway }, { account, roles, holder: await holderDigest('test holder', createSalt()), ...request });
  await approveRegistration(registrar, ticket.id);
  const { certificate } = await registration({ gateway }, ticket);
  if (certificate === undefined) throw new Error('registered without a certificate');
  return createSigner({ id: account, key, certificate });
}

/** The code of the refusal an action ends in; `applied` when it does not. */
export async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
    return 'applied';
  } catch (error) {
    if (error instanceof TallyError) return error.code;
    throw error;
  }
}

const insiders = new Map<string, Hostile>();

function insider(network: Network, { organizationId, gatewayIdentity, peer }: MemberDescription): Hostile {
  const { mspId, certificate, privateKey } = gatewayIdentity;
  const identity = { mspId, certificate: readFileSync(certificate, 'utf8'), privateKey: readFileSync(privateKey, 'utf8') };
  const hostile = insiders.get(organizationId) ?? new Hostile(identity, peer, network.describe());
  insiders.set(organizationId, hostile);
  return hostile;
}

function networkOf(): Network {
  return openNetwork({ name: NAME, basePort: BASE_PORT, say: (line) => process.stdout.write(`${line}\n`) });
}

/** One call for the same arguments, however often it is asked. */
function remembered<A extends readonly string[], T>(make: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (...args) => {
    const name = args.join(' ');
    const result = made.get(name) ?? make(...args);
    made.set(name, result);
    return result;
  };
}
