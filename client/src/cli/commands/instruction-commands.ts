import type { Command } from 'commander';
import { INSTRUCTION_TYPES, readSigned, type InstructionStatus } from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { facts } from '../output.ts';
import { action, receiptLines, type Setting, type Tally } from '../tally.ts';
import { readFile } from './wallet-commands.ts';

/** Signing and sending apart from each other: on two computers, or again. */
export function addInstructionCommands(program: Command, setting: Setting): void {
  program
    .command('receipt <instruction>')
    .description('the check result and the record result of an instruction')
    .option('--signer <account or officer>', 'who signed it; the wallet\'s own signer unless told')
    .action(action<StatusOptions>(setting, status));

  const instruction = program.command('instruction').description('signed instructions of every type');
  instruction
    .command('types')
    .description('which there are')
    .action(action(setting, (tally) => tally.show([...INSTRUCTION_TYPES.keys()], [...INSTRUCTION_TYPES.keys()])));
  instruction
    .command('sign <type> <file>')
    .description('sign a body (JSON in a file, or - for standard input) and print the instruction; nothing is sent')
    .option('--minutes <number>', 'how long it may wait to be sent', '15')
    .action(action<{ readonly minutes: string }>(setting, sign));
  instruction
    .command('send <file>')
    .description('send a signed instruction (a file, or - for standard input), also once more')
    .action(action(setting, (tally, _, file = '-') => send(tally, file)));
  instruction
    .command('status <instruction>')
    .description('where it stands')
    .option('--signer <account or officer>', 'who signed it; the wallet\'s own signer unless told')
    .option('--expires-at <time>', 'its deadline as it was signed: tells sooner that it can never apply')
    .option('--wait', 'until it is decided')
    .action(action<StatusOptions>(setting, status));
}

interface StatusOptions {
  readonly signer?: string;
  readonly expiresAt?: string;
  readonly wait?: boolean;
}

async function sign(tally: Tally, { minutes }: { readonly minutes: string }, name = '', file = '-'): Promise<void> {
  const type = INSTRUCTION_TYPES.get(name);
  if (type === undefined) throw new Mistake(`There is no instruction "${name}".`, 'See which there are with "tally instruction types".');
  const lifetimeMs = Number(minutes) * 60_000;
  if (!(lifetimeMs > 0)) throw new Mistake(`"${minutes}" is not a number of minutes.`);
  const client = await tally.client();
  const signed = await client.sign(type, jsonIn(file), lifetimeMs);
  tally.show(signed, [signed.jws]);
}

async function send(tally: Tally, file: string): Promise<void> {
  const signed = await readSigned(readFile(file).trim());
  const client = tally.publicClient({ keep: () => (file === '-' ? undefined : file), forget: ({ id }) => tally.wallet.forget(id) });
  const { ledger } = await client.readiness();
  const submission = await client.submit(signed);
  tally.showReceipt(submission, `${signed.type} is recorded on ${ledger}.`);
}

async function status(tally: Tally, { wait, ...details }: StatusOptions, id = ''): Promise<void> {
  const client = await tally.client();
  const found = await (wait === true ? client.waitForOutcome(id, details) : client.instructionStatus(id, details));
  tally.show(found, found.receipt === undefined ? facts({ instruction: id, status: found.status, why: MEANING[found.status] }) : receiptLines(found.receipt));
}

const MEANING: Readonly<Record<InstructionStatus['status'], string>> = {
  pending: 'the gateway has it and it is not decided yet',
  applied: 'it is recorded',
  refused: 'its refusal is recorded',
  unknown: 'no instruction of this id and signer is recorded; the same signed bytes may be sent again',
  'can-never-apply': 'it is too late for it: a new one may be signed',
};

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFile(file));
  } catch (error) {
    if (error instanceof Mistake) throw error;
    throw new Mistake(`${file === '-' ? 'Standard input' : file} is not JSON.`);
  }
}
