import type { Player } from '../stage.ts';

/** Who may grant credit to whom, and in what. */
export interface Parties {
  readonly enterprise: Player;
  readonly merchant: Player;
  readonly token: string;
}

/** With a grant between them. */
export interface Relation extends Parties {
  /** Of the grant: payments on credit name it. */
  readonly version: number;
}

/** What an instruction made has its id and its signer's. */
export function madeBy({ receipt: { id, signer } }: { readonly receipt: { readonly id: string; readonly signer: string } }): string {
  return `${id}.${signer}`;
}

export const DAY_MS = 24 * 3600_000;

export function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}
