import { Command, CommanderError } from 'commander';
import { addAcceptanceCommands, addPositionCommands, addQuoteCommands } from './commands/acceptance-commands.ts';
import { addAccountCommands } from './commands/account-commands.ts';
import { addBillCommands } from './commands/bill-commands.ts';
import { addCertificateCommands } from './commands/certificate-commands.ts';
import { addClearingCommands } from './commands/clearing-commands.ts';
import { addDirectoryCommands } from './commands/directory-commands.ts';
import { addConsortiumCommands } from './commands/consortium-commands.ts';
import { addExposureCommands } from './commands/exposure-commands.ts';
import { addGrantCommands } from './commands/grant-commands.ts';
import { addHoldCommands } from './commands/hold-commands.ts';
import { addInboxCommands } from './commands/inbox-commands.ts';
import { addInstructionCommands } from './commands/instruction-commands.ts';
import { addLimitCommands } from './commands/limit-commands.ts';
import { addLinkCommands } from './commands/link-commands.ts';
import { addMandateCommands } from './commands/mandate-commands.ts';
import { addOfficerCommands } from './commands/officer-commands.ts';
import { addPaymentCommands } from './commands/payment-commands.ts';
import { addRecoveryCommands } from './commands/recovery-commands.ts';
import { addRedemptionCommands } from './commands/redemption-commands.ts';
import { addRegistrationCommands } from './commands/registration-commands.ts';
import { addSettlementCommands } from './commands/settlement-commands.ts';
import { addTokenCommands } from './commands/token-commands.ts';
import { addWalletCommands } from './commands/wallet-commands.ts';
import { Mistake } from './mistake.ts';
import { reportFailure } from './output.ts';
import type { Setting } from './tally.ts';

/** Runs one command line. @returns the status for the process: 0, 1 for a refusal or mistake, 2 where the same may be tried again */
export async function runCommandLine(args: readonly string[], setting: Setting): Promise<number> {
  const program = tallyProgram(setting, args.includes('--json'));
  try {
    await program.parseAsync(asOperands(args), { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what is wrong; asking for help is not.
    if (error instanceof CommanderError) return error.exitCode;
    return reportFailure(error, setting.streams, program.opts()['json'] === true);
  }
}

/** A digest as base64url, which may begin with the sign of an option. */
const DIGEST_LIKE_OPTION = /^-[\w-]{42}$/;

/** Digests that stand alone are no options: they go where commander looks for none. What follows an option is its value already. */
function asOperands(args: readonly string[]): readonly string[] {
  const isDigest = (arg: string, place: number): boolean => DIGEST_LIKE_OPTION.test(arg) && args[place - 1]?.startsWith('--') !== true;
  const digests = args.filter(isDigest);
  return digests.length === 0 || args.includes('--') ? args : [...args.filter((arg, place) => !isDigest(arg, place)), '--', ...digests];
}

function tallyProgram(setting: Setting, json: boolean): Command {
  const tellInJson = (text: string): void => void reportFailure(new Mistake(text.trim().replace(/^error: /, '')), setting.streams, true);
  const program = new Command('tally')
    .description('A client of a Tallystick ledger: works with any gateway of the consortium.')
    .option('--wallet <name or folder>', 'folder with key and certificate; a name stands for ~/.tallystick/wallets/<name> (TALLY_WALLET)')
    .option('--gateway <url>', 'address of a gateway; the wallet remembers its own (TALLY_GATEWAY)')
    .option('--json', 'answer in JSON')
    .exitOverride()
    .showHelpAfterError(json ? false : 'Add --help to see what it takes.')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: setting.streams.out, writeErr: setting.streams.err, ...(json && { outputError: tellInJson }) })
    .addHelpText('after', '\nAmounts are whole numbers of a token\'s smallest unit: 1250 for 12.50.');
  for (const add of COMMANDS) add(program, setting);
  return program;
}

/** In the order of the help: what most need first. */
const COMMANDS = [
  addWalletCommands, addRegistrationCommands, addPaymentCommands, addAccountCommands, addDirectoryCommands, addInboxCommands,
  addLimitCommands, addGrantCommands, addExposureCommands, addBillCommands, addSettlementCommands, addHoldCommands, addMandateCommands,
  addTokenCommands, addRedemptionCommands, addAcceptanceCommands, addQuoteCommands, addPositionCommands, addClearingCommands, addOfficerCommands, addConsortiumCommands, addCertificateCommands, addRecoveryCommands, addLinkCommands, addInstructionCommands,
];
