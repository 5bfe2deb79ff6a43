import { Option, type Command } from 'commander';
import { HOLD_STATES, splitObjectId } from '@tallystick/chaincode/domain';
import { captureHold, expireHold, placeHold, releaseHold, type Hold } from '../../index.ts';
import { addNounReads, type SidedNoun } from '../listing.ts';
import type { Setting } from '../tally.ts';
import { addVerbs, amountOption, instantOption, tokenOption, verb } from '../verb.ts';
import { creditOptions, referenceOptions, splitPayOptions, type PayOptions } from './pay-options.ts';

interface About {
  readonly hold: string;
}

const withPayer = (given: About): object => ({ ...given, payer: splitObjectId(given.hold)[1] });

const VERBS = [
  verb({
    usage: 'place', help: 'reserve balance or credit for a payee, by the payer; only the payee takes or releases it before its end', type: placeHold,
    options: [new Option('--to <account>', 'payee').makeOptionMandatory(), amountOption, tokenOption, instantOption('--expires-at <time>', 'until when', '7d'), ...creditOptions, ...referenceOptions],
    body: ({ expiresAt, ...given }: PayOptions & { readonly expiresAt: string }) => ({ ...splitPayOptions(given), expiresAt }),
    done: ({ amount, token, payee, expiresAt }) => `${amount} ${token} are held for ${payee} until ${expiresAt}.`, makes: 'hold',
  }),
  verb({
    usage: 'capture <hold>', about: 'hold', help: 'take what is held, also in parts, by the payee: it becomes a payment', type: captureHold,
    options: [amountOption, new Option('--final', 'release the rest'), ...referenceOptions],
    body: ({ hold, amount, final, ...references }: About & { readonly amount: string; readonly final?: true }) => ({
      ...withPayer({ hold }), amount, ...(final === true && { final }), ...(Object.keys(references).length > 0 && { references }),
    }),
    done: ({ amount }) => `${amount} are captured.`, makes: 'payment',
  }),
  verb({ usage: 'release <hold>', about: 'hold', help: 'give back what is not captured, by the payee', type: releaseHold, body: withPayer, done: 'The hold is released.' }),
  verb({ usage: 'expire <hold>', about: 'hold', help: 'end a hold past its time, by anybody', type: expireHold, body: withPayer, done: 'The hold has expired; what was held is back.' }),
];

const NOUN: SidedNoun<Hold> = {
  plural: 'holds',
  singular: 'hold',
  sides: ['payer', 'payee'],
  states: HOLD_STATES,
  read: (client, query) => client.holds(query),
  one: (client, id) => client.hold(id),
  heading: ['until', 'balance', 'credit', 'token', 'state', 'payer -> payee', 'hold'],
  row: ({ expiresAt, balance, credit, token, state, payer, payee, id }) => [expiresAt, balance, credit, token, state, `${payer} -> ${payee}`, id],
  sortedBy: ({ bookedAt }) => bookedAt,
};

export function addHoldCommands(program: Command, setting: Setting): void {
  const hold = program.command('hold').description('holds: balance or credit reserved for a payee');
  addVerbs(hold, setting, VERBS);
  addNounReads(hold, setting, NOUN);
}
