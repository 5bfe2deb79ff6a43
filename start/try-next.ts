import type { Stage } from './stage.ts';
import type { Cast } from './story.ts';

/** Where the APIs are, and lines that work as they stand. */
export function tryNext(stage: Stage, { enterprise, merchant, money, bill }: Cast): readonly string[] {
  const [payer, payee] = [enterprise.wallet.title, merchant.wallet.title];
  const issuer = stage.wallet(`issuer.${enterprise.home.organizationId}`).title;
  const url = merchant.home.gateway.url;
  // A wallet of the reader's own, with another name after each run.
  const own = stage.wallet(`own.${merchant.account.slice(30, 36)}`).title;
  return [
    'The APIs:',
    ...stage.systems.map(({ organizationId, gateway }) => `  ${organizationId.padEnd(9)} ${gateway.url}   description: ${gateway.url}/docs   figures: ${gateway.operations}/metrics`),
    '',
    'In a browser:',
    `  ${url}/portal   register and pay; the registrar's part is among the lines below`,
    '',
    'Try next, in another terminal in this folder:',
    `  npx tally balance --wallet ${payer}`,
    `  npx tally pay --wallet ${payer} --to ${merchant.account} --amount 1250 --token ${money} --invoice INV-1001`,
    `  npx tally payments --wallet ${payee} --role payee`,
    `  npx tally pay --wallet ${payer} --to ${merchant.account} --amount 2500 --token ${money} --credit 2500 --grant-version 1 --check`,
    `  npx tally settlement initiate --wallet ${payer} --bill ${bill.id}=1500`,
    `  npx tally inbox --wallet ${payee}`,
    `  npx tally bill list --wallet ${payer}`,
    `  npx tally token issue ${money} --wallet ${issuer} --to ${enterprise.account} --amount 5000`,
    `  npx tally init --wallet ${own} --gateway ${url} && npx tally register --wallet ${own} --role person`,
    `  npx tally registrations list --wallet ${stage.wallet(`registrar.${merchant.home.organizationId}`).title}`,
    `  curl -s ${url}/readyz`,
    `  curl -s -H "Authorization: Bearer $(npx tally login --wallet ${payee})" ${url}/accounts/${merchant.account}/balances`,
  ];
}
