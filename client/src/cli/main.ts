import { readConfig } from './config.ts';
import { runCommandLine } from './program.ts';

// Whoever reads only the beginning (`| head`) has had enough.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => (code === 'EPIPE' ? process.exit(0) : undefined));

const streams = { out: (text: string) => process.stdout.write(text), err: (text: string) => process.stderr.write(text) };

process.exitCode = await runCommandLine(process.argv.slice(2), { config: readConfig(), streams });
