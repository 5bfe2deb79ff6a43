import { Option, type Command } from 'commander';
import { ACCOUNT_ROLES, fromBase64, type AccountRole } from '@tallystick/chaincode/domain';
import {
  applyForAccount,
  approveRegistration,
  createSalt,
  holderDigest,
  registration,
  rejectRegistration,
  requestCertificate,
  toPem,
  uuidv7,
  type Page,
  type Registration,
} from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { columns, facts } from '../output.ts';
import { action, type Setting, type Tally } from '../tally.ts';

interface RegisterOptions {
  readonly role: readonly AccountRole[];
  readonly holder?: string;
}

/** How an account comes about: the applicant's side and the registrar's. */
export function addRegistrationCommands(program: Command, setting: Setting): void {
  program
    .command('register')
    .description('apply to the gateway\'s business system for an account')
    .addOption(new Option('--role <role...>', 'what the account is').choices(ACCOUNT_ROLES).makeOptionMandatory())
    .option('--holder <number>', 'registration number or LEI; only its salted hash leaves this computer')
    .action(action<RegisterOptions>(setting, apply));

  program
    .command('registration')
    .description('the wallet\'s own application')
    .command('status')
    .description('ask what became of it; fetches the certificate')
    .option('--wait', 'until it is decided')
    .action(action<{ readonly wait?: boolean }>(setting, status));

  const registrations = program.command('registrations').description('applications, for a registrar');
  registrations
    .command('list')
    .description('who has applied')
    .option('--state <state>', 'submitted, certified, registered or rejected')
    .action(action<{ readonly state?: string }>(setting, list));
  registrations
    .command('approve <registration>')
    .description('have the key certified, sign the decision, and record it on the ledger')
    .action(
      action(setting, async (tally, _, id) => {
        tally.showReceipt(await approveRegistration(await tally.client(), id ?? ''), `Registration ${id} is approved and recorded.`);
      }),
    );
  registrations
    .command('reject <registration>')
    .description('turn the application down')
    .option('--reason <code>', 'code of the reason', 'OTHER')
    .action(
      action<{ readonly reason: string }>(setting, async (tally, { reason }, id) => {
        tally.show(await rejectRegistration(await tally.client(), id ?? '', reason), [`Registration ${id} is rejected.`]);
      }),
    );
}

async function apply(tally: Tally, { role, holder }: RegisterOptions): Promise<void> {
  const { registration: earlier } = tally.wallet.profile();
  if (earlier !== undefined) throw new Mistake('This wallet has applied already.', 'Ask with "tally registration status", or use another wallet (--wallet).');
  const { organizationId, ledger } = await tally.publicClient().readiness();
  const account = tally.wallet.profile().signer ?? `${uuidv7()}@${organizationId}`;
  const salt = tally.wallet.profile().salt ?? createSalt();
  // Known before it is sent, so that an interrupted attempt is repeated for the same account.
  tally.wallet.change({ signer: account, salt, ledger, gateway: tally.gateway });
  const request = await requestCertificate(await tally.wallet.key(), { ledger, holder: account });
  const ticket = await applyForAccount({ gateway: tally.gateway }, { account, roles: role, holder: await holderDigest(holder ?? account, salt), ...request });
  tally.wallet.change({ registration: ticket });
  tally.show({ account, registration: ticket.id, state: 'submitted' }, [
    `Applied to ${organizationId} for account ${account}.`,
    `Registration ${ticket.id} waits for the registrar ("tally registrations approve ${ticket.id}").`,
    `Ask with: ${tally.line('registration status --wait')}`,
  ]);
}

const ASK_AGAIN_MS = 1_000;

async function status(tally: Tally, { wait }: { readonly wait?: boolean }): Promise<void> {
  const { registration: ticket } = tally.wallet.profile();
  if (ticket === undefined) throw new Mistake('This wallet has not applied for an account.', 'Apply with "tally register".');
  let found = await registration({ gateway: tally.gateway }, ticket);
  while (wait === true && (found.state === 'submitted' || found.state === 'certified')) {
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    found = await registration({ gateway: tally.gateway }, ticket);
  }
  if (found.state === 'registered' && found.certificate !== undefined) tally.wallet.saveCertificate(toPem('CERTIFICATE', fromBase64(found.certificate)));
  const { block, transaction } = found.receipt?.record ?? {};
  tally.show(found, [
    ...facts({ registration: found.id, account: found.account, state: found.state, reason: found.reason, block, transaction }),
    ...(found.state === 'registered' ? [`The certificate is in the wallet; the account can be used: ${tally.line('balance')}`] : []),
  ]);
}

async function list(tally: Tally, { state }: { readonly state?: string }): Promise<void> {
  const client = await tally.client();
  const page = await client.read<Page<Registration>>('/registrations', { state });
  tally.show(page, page.items.length === 0 ? ['None.'] : columns(page.items.map(({ id, state, account, roles }) => [id, state, account, roles.join(', ')])));
}
