import { Option, type Command } from 'commander';
import type { Inbox, InboxItem, TallyClient } from '../../index.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { wholeNumberIn } from '../values.ts';

/** The longest a gateway waits for one answer. */
const LONGEST_WAIT_S = 30;

export function addInboxCommands(program: Command, setting: Setting): void {
  program
    .command('inbox')
    .description('what waits for the wallet\'s account or officer, and the command that answers it')
    .addOption(new Option('--wait <seconds>', 'if nothing waits, until something does').argParser((text: string) => wholeNumberIn(text)))
    .action(action<{ readonly wait?: number }>(setting, showInbox));
}

async function showInbox(tally: Tally, { wait = 0 }: { readonly wait?: number }): Promise<void> {
  const inbox = await waitingInbox(await tally.client(), wait);
  const lines = inbox.items.flatMap((item) => [`${item.kind}: ${summary(item)}`, ...answers(item).map((command) => `  ${tally.line(command)}`)]);
  tally.show(inbox, [...(lines.length === 0 ? ['Nothing waits.'] : lines), `as of block ${inbox.asOfBlock}`]);
}

async function waitingInbox(client: TallyClient, wait: number): Promise<Inbox> {
  const until = performance.now() + wait * 1000;
  let inbox = await client.inbox();
  while (inbox.items.length === 0 && performance.now() < until) {
    const seconds = Math.ceil((until - performance.now()) / 1000);
    inbox = await client.inbox({ tag: inbox.tag, wait: Math.min(seconds, LONGEST_WAIT_S) });
  }
  return inbox;
}

function summary(item: InboxItem): string {
  switch (item.kind) {
    case 'grant-application':
      return `${item.object.enterprise} asks for ${item.object.application?.amount} ${item.object.token}`;
    case 'settlement-to-confirm':
      return `${item.object.debtor} pays ${item.object.net} ${item.object.token}${byBank(item.object)}`;
    case 'settlement-offered':
      return `${item.object.creditor} has to confirm ${item.object.net} ${item.object.token}${byBank(item.object)}`;
    case 'dispute-to-answer':
      return `${item.object.debtor} disputes ${item.object.dispute?.amount} of ${item.object.outstanding} ${item.object.token}`;
    case 'mandate-to-accept':
      return `${item.object.debtor} offers up to ${item.object.cap} ${item.object.token}`;
    case 'hold-to-capture':
      return `${item.object.payer} has reserved ${item.object.balance} from balance and ${item.object.credit} on credit, ${item.object.token}`;
    case 'limit-request':
      return `${item.object.enterprise} asks for a limit of ${item.object.request?.amount} ${item.object.token}`;
    case 'limit-proposal':
      return `${item.object.proposal?.by} proposes a limit of ${item.object.proposal?.amount} ${item.object.token} for ${item.object.enterprise}`;
  }
}

function byBank({ bankReference }: { readonly bankReference?: string }): string {
  return bankReference === undefined ? ' in tokens' : ` by bank, reference ${bankReference}`;
}

/** Commands that answer it. */
function answers(item: InboxItem): readonly string[] {
  switch (item.kind) {
    case 'grant-application':
      return [`grant approve ${item.object.enterprise} --token ${item.object.token} --amount ${item.object.application?.amount}`, `grant reject ${item.object.enterprise} --token ${item.object.token}`];
    case 'settlement-to-confirm':
      return [`settlement confirm ${item.id}`, `settlement reject ${item.id}`];
    case 'settlement-offered':
      return [`settlement cancel ${item.id}`];
    case 'dispute-to-answer':
      return [`bill accept-dispute ${item.id}`, `bill deny-dispute ${item.id}`];
    case 'mandate-to-accept':
      return [`mandate accept ${item.id}`];
    case 'hold-to-capture':
      return [`hold capture ${item.id} --amount ${BigInt(item.object.balance) + BigInt(item.object.credit)}`, `hold release ${item.id}`];
    case 'limit-request':
      return [`limit set ${item.object.enterprise} --token ${item.object.token} --amount ${item.object.request?.amount}`, `limit decline ${item.object.enterprise} --token ${item.object.token}`];
    case 'limit-proposal':
      return [`limit confirm ${item.object.enterprise} --token ${item.object.token}`];
  }
}
