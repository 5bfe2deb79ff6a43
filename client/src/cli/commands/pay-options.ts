import { Option } from 'commander';
import type { PayBody } from '@tallystick/chaincode/domain';
import { Mistake } from '../mistake.ts';
import { wholeNumberIn } from '../values.ts';
import { AMOUNT_HELP } from '../verb.ts';

/** What a payment and a hold have in common at the command line. */
export interface PayOptions {
  readonly to: string;
  readonly amount: string;
  readonly token: string;
  readonly credit?: string;
  readonly grantVersion?: number;
  readonly endToEndId?: string;
  readonly invoice?: string;
  readonly order?: string;
  readonly purpose?: string;
}

export const creditOptions: readonly Option[] = [
  new Option('--credit <number>', `the part of the amount on credit: ${AMOUNT_HELP}`),
  new Option('--grant-version <number>', 'of the payee\'s grant that the credit relies on').argParser((text: string) => wholeNumberIn(text)),
];

export const referenceOptions: readonly Option[] = [
  new Option('--end-to-end-id <reference>', 'your own id of this payment; the ledger refuses to pay it twice'),
  new Option('--invoice <reference>'),
  new Option('--order <reference>'),
  new Option('--purpose <reference>'),
];

/** @throws Mistake when credit and version do not come together */
export function splitPayOptions({ to, amount, token, credit, grantVersion, ...references }: PayOptions): PayBody {
  if ((credit === undefined) !== (grantVersion === undefined)) {
    throw new Mistake('A payment on credit names the part on credit and the version of the grant it relies on.', `Give both, --credit and --grant-version; "tally grant show --merchant ${to} --token ${token}" shows the version.`);
  }
  return {
    payee: to, token, amount,
    ...(credit !== undefined && grantVersion !== undefined && { credit: { amount: credit, version: grantVersion } }),
    ...(Object.keys(references).length > 0 && { references }),
  };
}
