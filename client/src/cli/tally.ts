import type { Command } from 'commander';
import { TallyClient, type Outbox, type Query, type Receipt, type Submission } from '../index.ts';
import type { InstructionType } from '@tallystick/chaincode/domain';
import type { Config } from './config.ts';
import { Mistake } from './mistake.ts';
import { facts, type Streams } from './output.ts';
import { openWallet, type Wallet } from './wallet.ts';

/** After this a person wants to know what is going on. */
const SILENCE_MS = 5_000;

/** The options every command takes. */
export interface CommonOptions {
  readonly wallet?: string;
  readonly gateway?: string;
  readonly json?: boolean;
}

/** What a command works with: the wallet, a client that signs with it, and the way to speak. */
export class Tally {
  readonly wallet: Wallet;
  readonly #options: CommonOptions;
  readonly #config: Config;
  readonly #streams: Streams;

  constructor(options: CommonOptions, config: Config, streams: Streams) {
    this.#options = options;
    this.#config = config;
    this.#streams = streams;
    this.wallet = openWallet(options.wallet ?? config.wallet, config.walletsFolder);
  }

  /** @throws Mistake when no gateway is named anywhere */
  get gateway(): string {
    const address = this.#options.gateway ?? this.wallet.profile().gateway ?? this.#config.gateway;
    const isMissing = this.#options.wallet !== undefined && !this.wallet.hasKey;
    if (address === undefined) throw new Mistake(isMissing ? `No gateway is named, and there is no wallet ${this.wallet.title}.` : 'No gateway is named.', 'Give its address with --gateway, for example --gateway http://127.0.0.1:17020.');
    if (!/^https?:\/\//.test(address) || !URL.canParse(address)) throw new Mistake(`"${address}" is not the address of a gateway.`, 'An address looks like http://127.0.0.1:17020.');
    return address;
  }

  /** The wallet's own account or officer. @throws Mistake when there is none yet */
  get self(): string {
    const { signer } = this.wallet.profile();
    if (signer === undefined) throw new Mistake(`The wallet ${this.wallet.title} has no account yet.`, 'Apply for one with "tally register".');
    return signer;
  }

  async client(ledger?: string): Promise<TallyClient> {
    return new TallyClient({ gateway: this.gateway, signer: await this.wallet.signer(), ledger, outbox: this.#outbox() });
  }

  /** For what needs no signer. */
  publicClient(outbox?: Outbox): TallyClient {
    return new TallyClient({ gateway: this.gateway, outbox });
  }

  /** Signs with the wallet and sends. */
  async send<Body>(type: InstructionType<Body>, body: Body): Promise<Submission> {
    // A gateway that is not there is told at once, before anything is signed.
    const { ledger } = await this.publicClient().readiness();
    return (await this.client(ledger)).send(type, body);
  }

  /** The wallet's, which tells a person who waits. */
  #outbox(): Outbox {
    let waiting: NodeJS.Timeout | undefined;
    return {
      keep: (signed) => {
        const file = this.wallet.keep(signed);
        waiting = setTimeout(() => this.note(`No outcome yet; asking on. What was signed is kept in ${file}.`), SILENCE_MS).unref();
        return file;
      },
      forget: ({ id }) => {
        clearTimeout(waiting);
        this.wallet.forget(id);
      },
    };
  }

  /** A command of this wallet, as one would type it. */
  line(command: string): string {
    return `tally ${command}${this.#options.wallet === undefined ? '' : ` --wallet ${this.#options.wallet}`}`;
  }

  /** Beside the answer: why nothing is said yet. */
  note(line: string): void {
    this.#streams.err(`${line}\n`);
  }

  /** The data for machines, the lines for people. */
  show(data: unknown, lines: readonly string[]): void {
    const text = this.#options.json === true ? JSON.stringify(data, undefined, 2) : lines.join('\n');
    this.#streams.out(`${text}\n`);
  }

  showReceipt({ receipt, repeated }: Submission, headline: string): void {
    this.show({ ...receipt, repeated }, [repeated ? `${headline} (it was before: this is the first receipt)` : headline, ...receiptLines(receipt)]);
  }
}

export function receiptLines({ id, type, signer, status, check, record }: Receipt): readonly string[] {
  return facts({
    instruction: id,
    type,
    signer,
    status,
    check: check.passed ? 'passed' : check.code,
    record: `block ${record.block}, transaction ${record.transaction}`,
    booked: record.bookedAt,
  });
}

/** Ties commands to what they work with. */
export interface Setting {
  readonly config: Config;
  readonly streams: Streams;
}

/** An action with the options of the command and of its parents; its arguments follow. */
export function action<Options>(setting: Setting, run: (tally: Tally, options: Options, ...args: string[]) => Promise<void> | void) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<Options & CommonOptions>();
    await run(new Tally(options, setting.config, setting.streams), options, ...command.args);
  };
}

/** `--cursor` and `--limit` of a command that lists. */
export interface PageOptions {
  readonly cursor?: string;
  readonly limit?: string;
}

export function pageQuery({ cursor, limit }: PageOptions): Query {
  return { cursor, limit };
}
