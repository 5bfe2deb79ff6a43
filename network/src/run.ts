import { execFile } from 'node:child_process';

export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which the program is ended. */
  readonly timeout?: number;
}

/** Runs a program to its end without a shell. It never throws: a program that cannot be started is an outcome, too. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const settings = { maxBuffer: 64 * 1024 * 1024, killSignal: 'SIGKILL' as const, ...options };
    execFile(program, [...args], { ...settings, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ ok: error === null, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

/** The last lines of what a program complained of, which is where Go programs put the reason; after it some tell how they are used. */
export function complaint({ stderr }: Pick<Outcome, 'stderr'>): string {
  const [before = ''] = stderr.split(/^Usage:/m);
  return (before.trim() === '' ? stderr : before).trim().split('\n').filter((line) => line.trim() !== '').slice(-3).join('\n');
}
