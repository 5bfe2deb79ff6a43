import { readConfig } from './config.ts';
import { runCommandLine } from './program.ts';
import { endWithOutput } from './standard-output.ts';

endWithOutput();

const streams = { out: (text: string) => process.stdout.write(text), err: (text: string) => process.stderr.write(text) };

process.exitCode = await runCommandLine(process.argv.slice(2), { config: readConfig(), streams });
