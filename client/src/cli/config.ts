import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the surroundings decide. This is the only file of the package that reads the environment. */
export interface Config {
  /** Name or folder of the wallet, when none is given. */
  readonly wallet: string;
  /** Address of a gateway, when neither the command line nor the wallet names one. */
  readonly gateway: string | undefined;
  /** Where wallets that are given by name lie. */
  readonly walletsFolder: string;
}

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return {
    wallet: env['TALLY_WALLET'] || 'default',
    gateway: env['TALLY_GATEWAY'] || undefined,
    walletsFolder: join(homedir(), '.tallystick', 'wallets'),
  };
}
