import type { z } from 'zod';
import type { Amount } from './amount.ts';
import type { Address, Book } from './book.ts';
import type { KeyRole, SigningKey } from './certificate.ts';
import type { Crypto } from './crypto.ts';
import type { AccountId, InstructionId, OrganizationId, SignerId, TokenId } from './id.ts';
import type { MadeObjects, Outcome } from './outcome.ts';
import type { Posting } from './posting.ts';
import type { Spent } from './spending.ts';

/** What a decision may look at: the ledger, the cryptography handed in, and who signed which instruction. */
export interface Decision {
  readonly book: Book;
  readonly crypto: Crypto;
  readonly signer: SignerId;
  readonly id: InstructionId;
  /** The key of the signature. */
  readonly key: SigningKey;
}

export interface Debit {
  readonly account: AccountId;
  readonly token: TokenId;
  readonly amount: Amount;
}

/** What an applied instruction leaves in its record and outcome. */
export interface Made extends MadeObjects {
  readonly token?: TokenId | undefined;
  /** Decimal string. */
  readonly moved?: string | undefined;
  readonly postings?: readonly Posting[] | undefined;
}

/** Everything the ledger knows of one type of instruction; the only place where it is said. */
export interface InstructionType<Body = unknown> {
  /** `{noun}.{verb}/{version}` */
  readonly type: string;
  readonly signedBy: 'account' | 'officer' | 'either';
  /** It only ends something: it runs even for a signer frozen in full. */
  readonly ends?: true;
  /** It only takes away what an account or key can do: a registrar signs it, like what ends something, even while its organization is suspended. */
  readonly protects?: true;
  /** A key past its validity signs it all the same: it does nothing but replace that key. */
  readonly replacesKey?: (signer: SignerId, body: Body, key: SigningKey) => boolean;
  /** Roles of an account's keys that may sign it beside `owner`. */
  readonly keyRoles?: readonly KeyRole[];
  /** What it takes from the caps of the key that signs it; whatever a payer may sign and gives money away says it. */
  readonly spends?: (book: Book, signer: SignerId, body: Body) => Spent;
  readonly body: z.ZodType<Body>;
  /** Names of what it debits or changes: instructions that share one travel in one lane. */
  readonly lanes: (signer: SignerId, body: Body) => readonly string[];
  /** It changes what an enterprise owes or may draw: best brought in where that enterprise's lane is. */
  readonly onCredit?: true | ((body: Body) => boolean);
  /** What the usual course of the decision reads, to be loaded in one go; whatever is missing is loaded on demand. */
  readonly reads: (signer: SignerId, body: Body, crypto: Crypto) => readonly Address[];
  /** Accounts and tokens it credits: their slot in the batch's lane is loaded with the rest. */
  readonly credits?: (signer: SignerId, body: Body) => readonly (readonly [AccountId, TokenId])[];
  /** What the usual course of it takes from balances: what lies beside them is loaded with the rest where they do not suffice. Absent: on demand. */
  readonly debits?: (signer: SignerId, body: Body) => readonly Debit[];
  /** Organizations that guard a record it changes: without the endorsement of each it cannot commit. */
  readonly endorsedBy?: (signer: SignerId, body: Body) => readonly OrganizationId[];
  /** Applies it to the book, or throws the first rule that fails. */
  readonly decide: (decision: Decision, body: Body) => Made;
  /** The entry it makes when applied: a function of instruction and outcome alone. */
  readonly postings?: (signer: SignerId, body: Body, outcome: Pick<Outcome, 'token' | 'moved' | 'postings'>) => readonly Posting[];
}

export function defineInstruction<Body>(definition: InstructionType<Body>): InstructionType<Body> {
  return definition;
}
