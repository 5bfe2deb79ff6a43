import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A signed envelope that was sent, or was about to be. */
export interface StoredEnvelope {
  readonly transactionId: string;
  /** The prepared transaction, signed. */
  readonly bytes: Uint8Array;
  /** A ledger clock past this makes it invalid for ever; milliseconds. */
  readonly lastValid: number;
}

/** What is not whole has another name until it is. */
const UNFINISHED = '.part';
const NAME = /^(\d+)\.([0-9a-z]+)$/;

export type EnvelopeStore = ReturnType<typeof openEnvelopeStore>;

/**
 * The envelopes of transactions whose end is not known, a file each. They survive the process; a machine that loses power may lose the last ones,
 * which then nobody sends again: their instructions have an outcome or can never apply, as with any that were not acknowledged.
 */
export function openEnvelopeStore(folder: string) {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.endsWith(UNFINISHED)) unlinkSync(join(folder, name));
  const names = new Map(readdirSync(folder).flatMap((name) => {
    const transactionId = NAME.exec(name)?.[2];
    return transactionId === undefined ? [] : [[transactionId, name] as const];
  }));
  return {
    put: ({ transactionId, bytes, lastValid }: StoredEnvelope): void => {
      const name = `${lastValid}.${transactionId}`;
      const path = join(folder, name);
      writeFileSync(`${path}${UNFINISHED}`, bytes);
      renameSync(`${path}${UNFINISHED}`, path);
      names.set(transactionId, name);
    },
    drop: (transactionId: string): void => {
      const name = names.get(transactionId);
      if (name !== undefined) rmSync(join(folder, name), { force: true });
      names.delete(transactionId);
    },
    /** Oldest first. */
    all: (): readonly StoredEnvelope[] =>
      [...names]
        .map(([transactionId, name]) => ({ transactionId, bytes: readFileSync(join(folder, name)), lastValid: Number(NAME.exec(name)?.[1]) }))
        .toSorted((one, other) => one.lastValid - other.lastValid),
  };
}
