import type { Acceptance } from './acceptance.ts';
import type { Account } from './account.ts';
import type { Alias } from './alias.ts';
import type { Balance, IncomingSlot } from './balance.ts';
import type { CertificateRecord } from './certificate.ts';
import type { CreditLimit } from './credit-limit.ts';
import type { CreditLine } from './credit-line.ts';
import type { FoundingVote } from './founding.ts';
import type { AccountId, Digest, InstructionId, ObjectId, OrganizationId, SignerId, TokenId } from './id.ts';
import type { LedgerRecord } from './ledger-record.ts';
import type { Organization } from './organization.ts';
import type { HolderLinks } from './link.ts';
import type { InstructionRecord } from './outcome.ts';
import type { PoolSlot } from './pool.ts';
import type { Rules } from './rules.ts';
import type { IncomingHint, SlotId } from './slot.ts';
import type { Instant } from './time.ts';
import type { Spending } from './spending.ts';
import type { Supply, Token } from './token.ts';

/** Every kind of record the ledger keeps: how it is addressed and what it holds. */
export interface Tables {
  readonly ledger: { key: readonly []; value: LedgerRecord };
  readonly clock: { key: readonly []; value: Instant };
  /** Every version of the rules; the one in force stands in the ledger record too. */
  readonly rules: { key: readonly [version: number]; value: Rules };
  /** What an organization has proposed about a subject and is not decided. */
  readonly openProposal: { key: readonly [by: OrganizationId, subject: string]; value: ObjectId };
  readonly foundingVote: { key: readonly [OrganizationId]; value: FoundingVote };
  readonly organization: { key: readonly [OrganizationId]; value: Organization };
  readonly certificate: { key: readonly [Digest]; value: CertificateRecord };
  /** Who holds a public key; the key by the SHA-256 of its SPKI. */
  readonly keyHolder: { key: readonly [Digest]; value: SignerId };
  readonly account: { key: readonly [AccountId]; value: Account };
  readonly holderLinks: { key: readonly [AccountId]; value: HolderLinks };
  /** What a key with caps per day has spent of a token. */
  readonly spending: { key: readonly [AccountId, Digest, TokenId]; value: Spending };
  /** By a hash that only the account's home organization can make; each organization has its own, so that none can take another's. */
  readonly alias: { key: readonly [OrganizationId, Digest]; value: Alias };
  readonly token: { key: readonly [TokenId]; value: Token };
  readonly supply: { key: readonly [TokenId]; value: Supply };
  readonly balance: { key: readonly [AccountId, TokenId]; value: Balance };
  readonly slot: { key: readonly [AccountId, TokenId, SlotId]; value: IncomingSlot };
  /** A sealed parcel of incoming money: written once, removed when folded into the balance. */
  readonly parcel: { key: readonly [AccountId, TokenId, SlotId, number]; value: bigint };
  readonly acceptance: { key: readonly [token: TokenId, into: TokenId]; value: Acceptance };
  readonly pool: { key: readonly [token: TokenId, into: TokenId, SlotId]; value: PoolSlot };
  readonly creditLimit: { key: readonly [enterprise: AccountId, token: TokenId]; value: CreditLimit };
  readonly creditLine: { key: readonly [enterprise: AccountId, token: TokenId, merchant: AccountId]; value: CreditLine };
  /** The settlement, payment or redemption a bank reference was counted for, once per account or organization that confirmed the money. */
  readonly bankReference: { key: readonly [AccountId | OrganizationId, string]; value: ObjectId };
  readonly instruction: { key: readonly [InstructionId, SignerId]; value: InstructionRecord };
  /** The instruction that paid (payer, payee, end-to-end id). */
  readonly endToEnd: { key: readonly [AccountId, AccountId, string]; value: InstructionId };
}

export type Table = keyof Tables;
export type Key<T extends Table> = Tables[T]['key'];
export type Value<T extends Table> = Tables[T]['value'];
/** A record's address: what a decision is about to read. */
export type Address = { [T in Table]: readonly [T, ...Key<T>] }[Table];

/**
 * The ledger as one decision sees it: what is committed, overlaid with what the batch has written so far.
 * Synchronous and without side effects; records are immutable, a change is a new record.
 */
export interface Book {
  /** The transaction's time. */
  readonly now: Instant;
  /** The ledger clock (DESIGN §6). */
  readonly clock: Instant;
  readonly ledger: LedgerRecord;
  /** Where this batch puts incoming money. */
  readonly slot: SlotId;
  readonly incomingHint: (account: AccountId, token: TokenId) => IncomingHint;
  /** Says what is about to be read, so that it is loaded in one go. */
  readonly expect: (addresses: readonly Address[]) => void;
  readonly get: <T extends Table>(table: T, ...key: Key<T>) => Value<T> | undefined;
  readonly put: <T extends Table>(table: T, key: Key<T>, value: Value<T>) => void;
  /** From now on nobody changes the record without the endorsement of the organization's peer, whatever else a majority endorses. */
  readonly guard: <T extends Table>(table: T, key: Key<T>, guardian: OrganizationId) => void;
  readonly remove: <T extends Table>(table: T, ...key: Key<T>) => void;
}
