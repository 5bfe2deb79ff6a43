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
  const lines = inbox.items.flatMap((item) => [`${item.kind}: ${tellingOf(item).summary(item.object)}`, ...tellingOf(item).answers(item.object, item.id).map((command) => `  ${tally.line(command)}`)]);
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

type Kind = InboxItem['kind'];
type ObjectOf<K extends Kind, I = InboxItem> = I extends { readonly kind: Kind; readonly object: unknown } ? (K extends I['kind'] ? I['object'] : never) : never;

/** How an item is told, and the commands that answer it. */
interface Telling<T> {
  readonly summary: (object: T) => string;
  readonly answers: (object: T, id: string) => readonly string[];
}

const TELLINGS: { readonly [K in Kind]: Telling<ObjectOf<K>> } = {
  'grant-application': {
    summary: ({ enterprise, application, token }) => `${enterprise} asks for ${application?.amount} ${token}`,
    answers: ({ enterprise, token, application }) => [`grant approve ${enterprise} --token ${token} --amount ${application?.amount}`, `grant reject ${enterprise} --token ${token}`],
  },
  'settlement-to-confirm': {
    summary: (object) => `${object.debtor} pays ${object.net} ${object.token}${byBank(object)}`,
    answers: (_, id) => [`settlement confirm ${id}`, `settlement reject ${id}`],
  },
  'settlement-offered': {
    summary: (object) => `${object.creditor} has to confirm ${object.net} ${object.token}${byBank(object)}`,
    answers: (_, id) => [`settlement cancel ${id}`],
  },
  'dispute-to-answer': {
    summary: ({ debtor, dispute, outstanding, token }) => `${debtor} disputes ${dispute?.amount} of ${outstanding} ${token}`,
    answers: (_, id) => [`bill accept-dispute ${id}`, `bill deny-dispute ${id}`],
  },
  'mandate-to-accept': {
    summary: ({ debtor, cap, token }) => `${debtor} offers up to ${cap} ${token}`,
    answers: (_, id) => [`mandate accept ${id}`],
  },
  'hold-to-capture': {
    summary: ({ payer, balance, credit, token }) => `${payer} has reserved ${balance} from balance and ${credit} on credit, ${token}`,
    answers: ({ balance, credit }, id) => [`hold capture ${id} --amount ${BigInt(balance) + BigInt(credit)}`, `hold release ${id}`],
  },
  'limit-request': {
    summary: ({ enterprise, request, token }) => `${enterprise} asks for a limit of ${request?.amount} ${token}`,
    answers: ({ enterprise, request, token }) => [`limit set ${enterprise} --token ${token} --amount ${request?.amount}`, `limit decline ${enterprise} --token ${token}`],
  },
  'limit-proposal': {
    summary: ({ enterprise, proposal, token }) => `${proposal?.by} proposes a limit of ${proposal?.amount} ${token} for ${enterprise}`,
    answers: ({ enterprise, proposal, token }) => [`limit confirm ${enterprise} --token ${token} --proposal ${proposal?.id}`],
  },
  'clearing-to-confirm': {
    summary: ({ parties, positions, unfixed, unit }) => `${positions.length + unfixed.length} positions of ${parties.map(({ organization }) => organization).join(', ')}, to be netted in ${unit}`,
    answers: (_, id) => [`clearing confirm ${id} --treasury ACCOUNT`, `clearing decline ${id}`],
  },
  'leg-to-pay': {
    summary: ({ legs, unit }) => legs.map(({ debtor, creditor, amount, state }) => `${debtor} owes ${creditor} ${amount} ${unit} (${state})`).join(', '),
    answers: ({ legs }, id) =>
      [...new Set(legs.filter(({ state }) => state === 'due').map(({ creditor }) => creditor))].flatMap((creditor) => [`clearing pay ${id} --creditor ${creditor}`, `clearing claim ${id} --creditor ${creditor} --bank-reference REFERENCE --document FILE`]),
  },
  'leg-to-acknowledge': {
    summary: ({ legs, unit }) => legs.filter(({ state }) => state === 'claimed').map(({ debtor, amount, bankReference }) => `${debtor} has paid ${amount} ${unit} by bank, reference ${bankReference}`).join(', '),
    answers: ({ legs }, id) => legs.filter(({ state }) => state === 'claimed').flatMap(({ debtor, bankReference }) => ['acknowledge', 'deny'].map((answer) => `clearing ${answer} ${id} --debtor ${debtor} --bank-reference ${bankReference}`)),
  },
  'proposal-to-vote': {
    summary: ({ by, kind, subject }) => `${by} proposes: ${kind} ${kind === 'rules' ? '' : subject}`.trim(),
    answers: ({ kind }, id) => [`proposal show ${id}${kind === 'rules' ? '    (what would change)' : ''}`, `proposal approve ${id}`, `proposal oppose ${id}`],
  },
  'registration-to-review': {
    summary: ({ account, roles, documents = [] }) => `${account} (${roles.join(', ')}) applies; documents: ${documents.length}`,
    answers: (_, id) => [`registrations approve ${id}`, `registrations ask ${id} --reason IDENTITY_DOCUMENT`, `registrations reject ${id}`],
  },
  'registration-to-record': {
    summary: ({ account }) => `${account} is certified, and not yet on the ledger`,
    answers: (_, id) => [`registrations approve ${id}`],
  },
  'recovery-under-way': {
    summary: ({ reason, proposedBy, certificate, effectiveAt }) => `${proposedBy} recovers this account (${reason}) for certificate ${certificate}${effectiveAt === undefined ? '' : `, from ${effectiveAt} on`}`,
    answers: (_, id) => [`recovery veto ${id}`],
  },
  'recovery-to-confirm': {
    summary: ({ account, reason, proposedBy }) => `${proposedBy} wants to recover ${account} (${reason})`,
    answers: (_, id) => [`recovery confirm ${id}`, `recovery veto ${id}`],
  },
  'link-to-consent': {
    summary: ({ proposer }) => `${proposer} says that it has the same holder`,
    answers: (_, id) => [`link consent ${id}`, `link end ${id}`],
  },
  'link-to-confirm': {
    summary: ({ proposer, account }) => `${proposer} and ${account} say that they have one holder`,
    answers: (_, id) => [`link confirm ${id}`, `link end ${id}`],
  },
  'redemption-to-answer': {
    summary: ({ holder, amount, token, deadline }) => `${holder} hands back ${amount} ${token}, to be paid out by ${deadline}`,
    answers: (_, id) => [`redemption confirm ${id} --bank-reference REFERENCE`, `redemption decline ${id}`],
  },
  'redemption-requested': {
    summary: ({ amount, token, issuer, deadline }) => `${issuer} has to pay out ${amount} ${token} by ${deadline}`,
    answers: () => [],
  },
  'token-proposal': {
    summary: ({ id, proposal }) => `${proposal?.by} proposes terms of ${id}: ${JSON.stringify(proposal?.change)}`,
    answers: ({ proposal }, id) => [`token confirm ${id} --proposal ${proposal?.id}`],
  },
  'certificate-expiring': {
    summary: ({ holder, role, notAfter }) => `certificate of ${holder} (${role}) ends ${notAfter}`,
    answers: (_, id) => ['certificate request --json', `certificate renew --supersedes ${id} --request FILE`],
  },
};

function byBank({ bankReference }: { readonly bankReference?: string }): string {
  return bankReference === undefined ? ' in tokens' : ` by bank, reference ${bankReference}`;
}

/** The table gives each kind the telling of its object. */
function tellingOf(item: InboxItem): Telling<unknown> {
  return TELLINGS[item.kind] as Telling<unknown>;
}
