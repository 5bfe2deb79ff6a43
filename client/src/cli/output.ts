import { TallyError, type Figures } from '../index.ts';
import { isAway } from '../patience.ts';
import { adviceFor } from './advice.ts';
import { Mistake } from './mistake.ts';

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Status of a process that failed in a way that may pass: the same command may be tried again. */
const EXIT_TRY_AGAIN = 2;
const UNDECIDED: readonly string[] = ['OUTCOME_UNKNOWN', 'INSTRUCTION_PENDING'];

/** Rows with aligned columns. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '));
}

/** Names with their values, one a line; what is undefined is left out. */
export function facts(values: Readonly<Record<string, string | number | undefined>>): readonly string[] {
  return columns(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/** Every member of an object with its value, one a line; what is in another object is named after both. */
export function details(object: object): readonly string[] {
  return facts(Object.fromEntries(Object.entries(object).flatMap(([name, value]) => flat(inWords(name), value))));
}

function flat(name: string, value: unknown): readonly (readonly [string, string])[] {
  if (typeof value === 'object' && value !== null) {
    const isList = Array.isArray(value);
    return Object.entries(value).flatMap(([member, inner]: [string, unknown]) => flat(`${name} ${isList ? Number(member) + 1 : inWords(member)}`, inner));
  }
  return value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]];
}

/** Names of members; what is a name for something else, such as a token, stays as it is. */
function inWords(member: string): string {
  return !/^[a-z][A-Za-z0-9]*$/.test(member) ? member : member.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** One sentence, what it is about, and the next step. @returns the status for the process */
export function reportFailure(error: unknown, streams: Streams, json: boolean): number {
  const { code, message, figures, status, txId, next } = failureOf(error);
  if (json) streams.err(`${JSON.stringify({ error: { code, message, figures, status, txId, next } })}\n`);
  else streams.err([`${message}${code === 'MISTAKE' ? '' : ` (${[code, ...figureTexts(figures)].join(', ')})`}`, ...(next === undefined ? [] : [next]), ''].join('\n'));
  const mayPass = UNDECIDED.includes(code) || (error instanceof TallyError && isAway(error));
  return mayPass ? EXIT_TRY_AGAIN : 1;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly figures?: Figures | undefined;
  readonly status?: number | undefined;
  readonly txId?: string | undefined;
  readonly next?: string | undefined;
}

function failureOf(error: unknown): Failure {
  if (error instanceof Mistake) return { code: 'MISTAKE', message: error.message, next: error.next };
  // A file that cannot be read or written.
  if (error instanceof Error && 'syscall' in error && 'code' in error) return { code: String(error.code), message: error.message };
  if (!(error instanceof TallyError)) throw error;
  const { code, message, figures, status, txId } = error;
  return { code, message, figures, status, txId, next: adviceFor(error) };
}

function figureTexts(figures: Figures | undefined): readonly string[] {
  return Object.entries(figures ?? {}).map(([name, value]) => `${name} ${value}`);
}
