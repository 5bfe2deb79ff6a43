import { Option, type Command } from 'commander';
import { attestationSchema, IDENTIFIER_KINDS, organizationOf, readJws } from '@tallystick/chaincode/domain';
import { attestAlias, registerAlias, releaseAlias, type Identifier } from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { next } from '../listing.ts';
import { columns } from '../output.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from '../tally.ts';

const kindOption = new Option('--kind <kind>', 'what the identifier is').choices(IDENTIFIER_KINDS).makeOptionMandatory();
const identifierOption = new Option('--identifier <text>', 'it goes to the gateway, and neither to the ledger nor to other organizations').makeOptionMandatory();

export function addDirectoryCommands(program: Command, setting: Setting): void {
  const directory = program.command('directory').description('accounts found by what their holders are known by; the ledger has only keyed hashes of it');
  directory.command('find').description('the accounts of whoever is known by it, in all organizations').addOption(kindOption).addOption(identifierOption).action(action<Identifier>(setting, find));
  directory
    .command('attest <account>')
    .description('that the holder is known by it, by a registrar of its home organization; give the holder what this prints')
    .addOption(kindOption)
    .addOption(identifierOption)
    .action(action<Identifier>(setting, attest));
  directory.command('register <attestation>').description('wish to be found, by the holder, with the word of its home registrar').action(action(setting, register));
  directory
    .command('release <alias>')
    .description('be found by it no more, by the holder; or by its home registrar')
    .option('--account <account>', 'whose, for a registrar')
    .action(
      action<{ readonly account?: string }>(setting, async (tally, { account }, alias = '') => {
        tally.showReceipt(await tally.send(releaseAlias, { alias, account: account ?? tally.self }), 'The alias is free.');
      }),
    );
  directory
    .command('list')
    .description('aliases of an account')
    .option('--account <account>', 'whose, for an officer')
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(
      action<PageOptions & { readonly account?: string }>(setting, async (tally, { account, ...paging }) => {
        const page = await (await tally.client()).aliases({ account, ...pageQuery(paging) });
        tally.show(page, page.items.length === 0 ? ['None.'] : [...page.items.map(({ id }) => id), ...next(page)]);
      }),
    );
}

async function find(tally: Tally, { kind, identifier }: Identifier): Promise<void> {
  const found = await (await tally.client()).lookup({ kind, identifier });
  const missing = found.unanswered.length === 0 ? [] : [`No answer from ${found.unanswered.join(', ')}: there may be more.`];
  tally.show(found, [...(found.items.length === 0 ? ['Nobody.'] : columns(found.items.map(({ account, organization }) => [organization, account]))), ...missing]);
}

async function attest(tally: Tally, { kind, identifier }: Identifier, account = ''): Promise<void> {
  if (organizationOf(account) !== organizationOf(tally.self)) throw new Mistake(`${account} is not at home in ${organizationOf(tally.self)}.`, 'A registrar of its home organization attests.');
  const client = await tally.client();
  const { alias } = await client.aliasOf({ kind, identifier });
  const { ledger } = await client.readiness();
  const attestation = await attestAlias(await tally.wallet.signer(), { ledger, account, alias });
  tally.show({ alias, attestation }, [attestation]);
}

async function register(tally: Tally, _: object, attestation = ''): Promise<void> {
  const alias = aliasIn(attestation);
  if (alias === undefined) throw new Mistake('That is no attestation.', 'A registrar makes it with "tally directory attest".');
  tally.showReceipt(await tally.send(registerAlias, { alias, attestation }), `You are found as ${alias}.`);
}

function aliasIn(attestation: string): string | undefined {
  try {
    return attestationSchema.parse(readJws(attestation).payload).alias;
  } catch {
    return undefined;
  }
}
