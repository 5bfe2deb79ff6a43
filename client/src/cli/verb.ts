import { Option, type Command } from 'commander';
import { objectId, type InstructionType } from '@tallystick/chaincode/domain';
import { action, type Setting, type Tally } from './tally.ts';
import { digestIn, INSTANT_HELP, instantIn } from './values.ts';

/** One instruction as a command of a noun. Its options are members of the body, by name; what is not given is left out. */
export interface Verb<Body, Options = Readonly<Record<string, unknown>>> {
  /** Name and argument, as Commander reads them. */
  readonly usage: string;
  /** What it does, and who may. */
  readonly help: string;
  readonly type: InstructionType<Body>;
  /** The member of the body that the argument is. */
  readonly about?: string;
  readonly options?: readonly Option[];
  /** Where the body is not argument and options as they are. */
  readonly body?: (given: Options, tally: Tally) => object | Promise<object>;
  /** What is the case now. */
  readonly done: string | ((body: Body) => string);
  /** What it makes; it has the id of the instruction and its signer. */
  readonly makes?: string;
}

export type AddCommand = (noun: Command, setting: Setting) => void;

export function verb<Body, Options = Readonly<Record<string, unknown>>>({ usage, help, type, about, options = [], body = (given) => given as object, done, makes }: Verb<Body, Options>): AddCommand {
  return (noun, setting) => {
    const command = noun.command(usage).description(help);
    for (const option of options) command.addOption(option);
    command.action(
      action<Readonly<Record<string, unknown>>>(setting, async (tally, values, argument) => {
        const members = options.map((option) => option.attributeName()).filter((name) => values[name] !== undefined);
        const given = { ...Object.fromEntries(members.map((name) => [name, values[name]])), ...(about !== undefined && { [about]: argument }) };
        // Signing compares it with the schema of its type.
        const made = (await body(given as Options, tally)) as Body;
        const submission = await tally.send(type, made);
        const headline = typeof done === 'string' ? done : done(made);
        const { id, signer } = submission.receipt;
        tally.showReceipt(submission, makes === undefined ? headline : `${headline}\n${makes} ${objectId(id, signer)}`);
      }),
    );
  };
}

export function addVerbs(noun: Command, setting: Setting, verbs: readonly AddCommand[]): void {
  for (const add of verbs) add(noun, setting);
}

export const AMOUNT_HELP = 'whole number of the token\'s smallest unit, for example 1250 for 12.50';

/** Options that many commands take. */
export const tokenOption = new Option('--token <token>', 'for example NPT@NorthPay').makeOptionMandatory();
export const amountOption = new Option('--amount <number>', AMOUNT_HELP).makeOptionMandatory();
export const documentOption = documentFor('a document');

/** A file, or its hash: only the hash goes on the ledger. */
export function documentFor(what: string): Option {
  return new Option('--document <file or hash>', `${what}: its SHA-256 goes on the ledger, the file stays with you`).argParser((text: string) => digestIn(text));
}

export function reasonOption(choices: readonly string[], standard = 'OTHER'): Option {
  return new Option('--reason <code>', 'why').choices(choices).default(standard);
}

/** @param standard what it is unless told, for example 90d */
export function instantOption(flags: string, help: string, standard?: string): Option {
  const option = new Option(flags, `${help}: ${INSTANT_HELP}`);
  option.argParser((text: string) => instantIn(text));
  return standard === undefined ? option : option.default(instantIn(standard), standard);
}
