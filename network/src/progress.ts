/** Receives one finished line at a time. */
export type Say = (line: string) => void;

export const silent: Say = () => undefined;

/** Prints what a longer step is when it starts and how long it took when it is done. */
export async function step<T>(say: Say, what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  say(`${what} … ${seconds(performance.now() - started)}`);
  return result;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
