import { Option, type Command } from 'commander';
import { TOKEN_KINDS } from '@tallystick/chaincode/domain';
import { define, issue, pause, resume, type Token } from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { columns, facts } from '../output.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { AMOUNT_HELP } from '../verb.ts';

interface DefineOptions {
  readonly name: string;
  readonly decimals: string;
  readonly kind: (typeof TOKEN_KINDS)[number];
  readonly cap?: string;
  readonly source: string;
  readonly field: readonly string[];
}

interface IssueOptions {
  readonly to: string;
  readonly amount: string;
  readonly reference?: string;
}

export function addTokenCommands(program: Command, setting: Setting): void {
  program.command('tokens').description('every token of the consortium').action(
    action(setting, async (tally) => {
      const page = await (await tally.client()).tokens();
      tally.show(page, page.items.length === 0 ? ['None.'] : columns(page.items.map(({ id, name, kind, decimals, status }) => [id, name, kind, `${decimals} decimals`, status])));
    }),
  );

  const token = program
    .command('token <token>')
    .description('show a token')
    .action(action(setting, async (tally, _, id = '') => showToken(tally, await (await tally.client()).token(id))));
  token
    .command('define <token>')
    .description('a new token, by the issuer of its organization: {SYMBOL}@{organization}')
    .requiredOption('--name <text>')
    .requiredOption('--decimals <number>', 'of the smallest unit; never changes')
    .addOption(new Option('--kind <kind>', 'what it is').choices(TOKEN_KINDS).makeOptionMandatory())
    .option('--cap <number>', `the most that may be outstanding: ${AMOUNT_HELP}`)
    .requiredOption('--source <reference>', 'the code of the token in the issuing system')
    .option('--field <name=value...>', 'fields of the issuing system, kept as they are', [])
    .action(action<DefineOptions>(setting, defineToken));
  token
    .command('issue <token>')
    .description('put new tokens into an account, by the issuer of the token\'s organization')
    .requiredOption('--to <account>')
    .requiredOption('--amount <number>', AMOUNT_HELP)
    .option('--reference <reference>')
    .action(
      action<IssueOptions>(setting, async (tally, { to, amount, reference }, id = '') => {
        tally.showReceipt(await tally.send(issue, { token: id, account: to, amount, ...(reference !== undefined && { reference }) }), `Issued ${amount} ${id} to ${to}.`);
      }),
    );
  for (const [name, type, done] of [['pause', pause, 'paused'], ['resume', resume, 'active again']] as const) {
    token.command(`${name} <token>`).description('by the issuer of its organization').action(
      action(setting, async (tally, _, id = '') => tally.showReceipt(await tally.send(type, { token: id }), `${id} is ${done}.`)),
    );
  }
}

async function defineToken(tally: Tally, { name, decimals, kind, cap, source, field }: DefineOptions, token = ''): Promise<void> {
  const fields = Object.fromEntries(field.map(nameAndValue));
  const body = { token, name, decimals: Number(decimals), kind, source: { code: source, fields }, ...(cap !== undefined && { cap }) };
  tally.showReceipt(await tally.send(define, body), `${token} is defined.`);
}

function nameAndValue(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Mistake(`"${text}" is not name=value.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function showToken(tally: Tally, token: Token): void {
  const { id, name, kind, decimals, status, acceptance, cap, supply, source } = token;
  const issued = supply?.issued;
  tally.show(token, facts({ token: id, name, kind, decimals, status, acceptance, cap, issued, redeemed: supply?.redeemed, source: `${source.code} ${JSON.stringify(source.fields)}` }));
}
