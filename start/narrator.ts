import type { Exchange } from '@tallystick/client';

/** Tells the story as it is played. */
export interface Narrator {
  /** The steps that follow belong together. */
  readonly act: (title: string) => void;
  /** Plays a step under its number and title; a failure names the step. */
  readonly step: <T>(title: string, play: () => Promise<T>) => Promise<T>;
  readonly say: (text: string) => void;
  /** What came of it. */
  readonly result: (text: string) => void;
  /** Prints the exchanges of a client with one organization's gateway. */
  readonly listen: (organization: string) => (exchange: Exchange) => void;
}

export class StepFailure extends Error {
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'StepFailure';
    this.step = step;
  }
}

export function narrator(print: (line: string) => void): Narrator {
  let number = 0;
  return {
    act: (title) => {
      print('');
      print(title.toUpperCase());
    },
    step: async (title, play) => {
      number += 1;
      const name = `${number}. ${title}`;
      print('');
      print(name);
      try {
        return await play();
      } catch (error) {
        throw new StepFailure(name, error);
      }
    },
    say: (text) => print(`   ${text}`),
    result: (text) => print(`   = ${text}`),
    listen: (organization) => (exchange) => {
      if (!isPreliminary(exchange)) print(`     ${exchangeLine(organization, exchange)}`);
    },
  };
}

/** Signing in is the same for every read: said once, not shown each time. */
function isPreliminary({ path }: Exchange): boolean {
  return path === '/readyz' || path.startsWith('/auth/');
}

export function exchangeLine(organization: string, { method, path, status, code, milliseconds }: Exchange): string {
  const answer = [status ?? 'no answer', ...(code === undefined ? [] : [code])].join(' ');
  return `${organization.padEnd(9)}${method.padEnd(5)}${shorten(path)}  ->  ${answer}  (${milliseconds} ms)`;
}

/** Ids by their end, which is random: their beginning is the time, and much alike. */
export function shorten(text: string): string {
  return text.replaceAll('%40', '@').replaceAll(/[0-9a-f]{8,12}-[0-9a-f-]{21,60}([0-9a-f]{6})/g, '…$1');
}
