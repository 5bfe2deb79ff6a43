import type {
  AccountId,
  AccountRole,
  AccountStatus,
  CertificateRecord,
  Digest,
  ObjectId,
  OfficerRole,
  OrganizationId,
  PayBody,
  PaymentState,
  Posting,
  SigningKey,
  Token as LedgerToken,
  TokenId,
} from '@tallystick/chaincode/domain';

/** What gateways answer to reads: the domain's records on the wire, amounts as decimal strings, times as RFC 3339. */

/** How far the index was that answered. */
export interface AsOf {
  readonly asOfBlock: number;
}
export type Seen<T> = T & AsOf;

export interface Page<T> extends AsOf {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Key extends Omit<SigningKey, 'notBefore' | 'notAfter'> {
  readonly notBefore: string;
  readonly notAfter: string;
}

export interface Account {
  readonly id: AccountId;
  readonly status: AccountStatus;
  readonly roles: readonly AccountRole[];
  readonly organization: OrganizationId;
  readonly holder: Digest;
  readonly keys: readonly Key[];
  readonly registeredAt: string;
}

export interface Balance {
  readonly token: TokenId;
  readonly free: string;
  readonly held: string;
}

export interface Balances extends AsOf {
  readonly balances: readonly Balance[];
}

/** One line of an account's statement. */
export interface Entry extends Posting {
  readonly entryId: string;
  readonly bookedAt: string;
  readonly instruction: string;
  readonly type: string;
}

export interface PaymentView {
  readonly id: ObjectId;
  readonly payer: AccountId;
  readonly payee: AccountId;
  readonly token: TokenId;
  readonly amount: string;
  readonly refunded: string;
  readonly state: PaymentState;
  readonly references?: PayBody['references'];
  readonly bookedAt: string;
}

export interface Token extends Omit<LedgerToken, 'cap'> {
  readonly cap?: string;
  readonly supply?: { readonly issued: string; readonly redeemed: string };
}

export interface Organization {
  readonly id: OrganizationId;
  readonly name: string;
  readonly officers: readonly { readonly name: string; readonly roles: readonly OfficerRole[]; readonly keys: readonly Key[] }[];
}

export interface Certificate extends CertificateRecord {
  readonly thumbprint: Digest;
  readonly status: SigningKey['status'];
}
