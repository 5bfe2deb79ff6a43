import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { fromBase64, objectId, RECOVERY_REASONS, RECOVERY_STATES } from '@tallystick/chaincode/domain';
import { certifyNextKey, completeRecovery, confirmRecovery, expireRecovery, proposeRecovery, toPem, vetoRecovery } from '../../index.ts';
import { addHistory, next, showObject } from '../listing.ts';
import { columns } from '../output.ts';
import { action, pageQuery, receiptLines, type PageOptions, type Setting, type Tally } from '../tally.ts';
import { instantIn } from '../values.ts';
import { addVerbs, documentFor, verb } from '../verb.ts';
import { requestIn } from './certificate-commands.ts';

interface ProposeOptions {
  readonly request: string;
  readonly reason: (typeof RECOVERY_REASONS)[number];
  readonly document?: string;
  readonly deadline: string;
  readonly out?: string;
}

/** The body of whatever is about a recovery: the account stands in it. */
const about = async ({ recovery }: { readonly recovery: string }, tally: Tally) => ({ recovery, account: (await (await tally.client()).recovery(recovery)).account });

const VERBS = [
  verb({ usage: 'confirm <recovery>', about: 'recovery', help: 'by a second officer: registrar or administrator', type: confirmRecovery, body: about, done: 'Confirmed; the delay of the rules runs.' }),
  verb({ usage: 'veto <recovery>', about: 'recovery', help: 'with a key of the account that is left; or withdraw it, by an officer', type: vetoRecovery, body: about, done: 'The recovery has ended; no key has changed.' }),
  verb({ usage: 'complete <recovery>', about: 'recovery', help: 'after the delay, by anybody who may see it', type: completeRecovery, body: about, done: 'The new key signs; every other one is revoked.' }),
  verb({ usage: 'expire <recovery>', about: 'recovery', help: 'end it past its deadline', type: expireRecovery, body: about, done: 'The recovery has expired.' }),
];

export function addRecoveryCommands(program: Command, setting: Setting): void {
  const recovery = program.command('recovery').description('a new key for an account whose keys are lost: two officers, and a delay in which any key left can veto');
  recovery
    .command('propose')
    .description('have the new key certified and propose it, by the registrar')
    .requiredOption('--request <file>', 'what "tally certificate request ACCOUNT --json" printed in the holder\'s new wallet')
    .addOption(new Option('--reason <code>', 'why').choices(RECOVERY_REASONS).default('KEYS_LOST'))
    .addOption(documentFor('what was looked at'))
    .option('--deadline <time>', 'by when it must be completed', '30d')
    .option('--out <file>', 'where to put the certificate, for the holder')
    .action(action<ProposeOptions>(setting, propose));
  addVerbs(recovery, setting, VERBS);
  recovery
    .command('show <recovery>')
    .description('as it is now')
    .action(action(setting, async (tally, _, id = '') => showObject(tally, await (await tally.client()).recovery(id))));
  addHistory(recovery, setting, 'history <recovery>', (_, id) => `/recoveries/${id}`);
  recovery
    .command('list')
    .description('of the wallet\'s account; of the organization\'s accounts for its officers')
    .option('--account <account>', 'whose, for an officer')
    .addOption(new Option('--state <state>', 'only those in this state').choices(RECOVERY_STATES))
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(action<PageOptions & { readonly account?: string; readonly state?: string }>(setting, list));
}

async function propose(tally: Tally, { request: file, reason, document, deadline, out }: ProposeOptions): Promise<void> {
  const wanted = requestIn(file);
  const certificate = await certifyNextKey(await tally.client(), wanted);
  const body = { account: wanted.holder, reason, ...(document !== undefined && { document }), certificate, application: wanted.application, deadline: instantIn(deadline) };
  const { receipt } = await tally.send(proposeRecovery, body);
  const pem = toPem('CERTIFICATE', fromBase64(certificate));
  if (out !== undefined) writeFileSync(out, pem);
  const id = objectId(receipt.id, receipt.signer);
  tally.show({ ...receipt, recovery: id, certificate }, [
    `recovery ${id}`, ...receiptLines(receipt), ...(out === undefined ? [pem] : []), `Next: a second officer confirms with "tally recovery confirm ${id}".`,
  ]);
}

async function list(tally: Tally, { account, state, ...paging }: PageOptions & { readonly account?: string; readonly state?: string }): Promise<void> {
  const page = await (await tally.client()).recoveries({ account, state, ...pageQuery(paging) });
  const rows = page.items.map(({ id, state: now, account: whose, effectiveAt = '', deadline }) => [now, whose, effectiveAt, deadline, id]);
  tally.show(page, rows.length === 0 ? ['None.'] : [...columns([['state', 'account', 'effective', 'deadline', 'recovery'], ...rows]), ...next(page)]);
}
