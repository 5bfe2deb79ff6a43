import { INSTRUCTION_TYPES, type Posting } from '@tallystick/chaincode/domain';
import { entryId } from './entry-id.ts';
import type { IndexedInstruction, InstructionQueries } from './instruction-queries.ts';
import { readOn, type Page, type PageRequest } from './page.ts';

/** One line of the account's statement. */
export interface IndexedPosting {
  /** Entry id: block-transaction-line. */
  readonly entry: string;
  readonly token: string;
  /** Signed. */
  readonly amount: string;
  readonly instruction: { readonly id: string; readonly signer: string };
  readonly bookedAt: string;
}

/** Postings of an account, newest first. They have no rows: an entry's follow from its instruction. */
export function postingQuery(instructions: InstructionQueries): (account: string, token: string | undefined, page: PageRequest) => Page<IndexedPosting> {
  return (account, token, page) =>
    readOn(instructions.entriesOf(account, 'posted'), page, ({ entry }) => {
      const instruction = instructions.at(entry);
      if (instruction === undefined) return [];
      return postingsOf(instruction).filter((posting) => posting.account === account && (token ?? posting.token) === posting.token).map((posting) => told(posting, instruction));
    });
}

/** The lines of an instruction's entry: a function of the instruction and its outcome. */
export function postingsOf({ type, signer, refusal, body, token, moved, postings }: IndexedInstruction): readonly Posting[] {
  return refusal === undefined ? (INSTRUCTION_TYPES.get(type)?.postings?.(signer, body, { token, moved, postings }) ?? []) : [];
}

function told({ token, amount }: Posting, { id, signer, entry, bookedAt }: IndexedInstruction): IndexedPosting {
  return { entry: entryId(entry), token, amount, instruction: { id, signer }, bookedAt };
}
