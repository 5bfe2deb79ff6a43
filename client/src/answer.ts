import type {
  AccountId,
  AccountRole,
  AccountStatus,
  CapsBody,
  CertificateRecord,
  Change,
  Digest,
  HolderLink as LedgerLink,
  InstructionId,
  KeyRole,
  ObjectId,
  OfficerId,
  OfficerRole,
  OrganizationId,
  OrganizationStatus,
  PayBody,
  PaymentState,
  Proposal as LedgerProposal,
  RulesDocument,
  Recovery as LedgerRecovery,
  Redemption as LedgerRedemption,
  SignerId,
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
  /** Where the next page begins; absent on the last. */
  readonly cursor?: string;
}

/** A list is a member given more than once. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface Account {
  readonly id: AccountId;
  readonly organization: OrganizationId;
  readonly status: AccountStatus;
  readonly roles: readonly AccountRole[];
  readonly holder: Digest;
  /** Its holder lets it be a treasury of its organization. */
  readonly treasury?: true;
  readonly registeredAt: string;
}

export interface AccountWithCertificates extends Account {
  readonly certificates: readonly Certificate[];
  /** Salted hashes of what its organization looked at. */
  readonly documents: readonly Digest[];
}

export interface Balance {
  readonly token: TokenId;
  readonly free: string;
  readonly held: string;
}

export interface Balances extends AsOf {
  readonly items: readonly Balance[];
}

/** One line of an account's statement; the amount is signed. */
export interface StatementLine {
  /** block-transaction-line */
  readonly entry: string;
  readonly token: TokenId;
  readonly amount: string;
  readonly instruction: { readonly id: InstructionId; readonly signer: SignerId };
  readonly bookedAt: string;
}

export interface PaymentView {
  readonly id: ObjectId;
  readonly payer: AccountId;
  readonly payee: AccountId;
  readonly token: TokenId;
  readonly amount: string;
  /** The part on credit; its bill has the same id. */
  readonly credit: string;
  readonly refunded: string;
  /** It went through a pool: what the payee received instead. */
  readonly converted?: { readonly token: TokenId; readonly received: string; readonly version: number; readonly repayment?: true };
  readonly state: PaymentState;
  readonly references: NonNullable<PayBody['references']>;
  readonly bookedAt: string;
  readonly entry: string;
}

/** What the issuing organization may change of a token. */
export interface TokenTerms {
  readonly cap?: string;
  readonly quota?: { readonly amount: string; readonly hours: number };
  readonly holders?: { readonly roles?: readonly AccountRole[]; readonly organizations?: readonly OrganizationId[] };
}

export interface Token extends Omit<LedgerToken, keyof TokenTerms | 'transferable' | 'twoOfficers' | 'proposal'>, TokenTerms {
  readonly organization: OrganizationId;
  /** Unless it is active nobody issues or redeems the token. */
  readonly issuerStatus: OrganizationStatus;
  readonly transferable: boolean;
  readonly twoOfficers: boolean;
  readonly proposal?: NonNullable<LedgerToken['proposal']>;
  readonly supply: { readonly issued: string; readonly redeemed: string };
}

/** Tokens handed back to their issuer. */
export interface Redemption {
  readonly id: ObjectId;
  readonly holder: AccountId;
  readonly issuer: OrganizationId;
  readonly token: TokenId;
  readonly amount: string;
  readonly payout?: Digest;
  readonly bankReference?: string;
  readonly deadline: string;
  readonly state: LedgerRedemption['state'];
  readonly bookedAt: string;
  readonly entry: string;
}

/** What a holder is known by outside. */
export interface Identifier {
  readonly kind: string;
  readonly identifier: string;
}

export interface Alias {
  readonly id: Digest;
  readonly organization: OrganizationId;
  readonly account: AccountId;
}

export interface DirectoryLookup extends AsOf {
  readonly items: readonly { readonly account: AccountId; readonly organization: OrganizationId; readonly alias: Digest }[];
  /** Organizations that did not answer: there may be more. */
  readonly unanswered: readonly OrganizationId[];
}

/** What the members vote on. */
export interface Proposal {
  readonly id: ObjectId;
  readonly by: OrganizationId;
  readonly kind: Change['kind'];
  /** An organization, or `rules`. */
  readonly subject: string;
  readonly change: Change;
  readonly closesAt: string;
  readonly votes: readonly { readonly organization: OrganizationId; readonly approves: boolean; readonly by: OfficerId }[];
  readonly state: LedgerProposal['state'];
  readonly bookedAt: string;
  readonly entry: string;
}

export interface Rules extends RulesDocument {
  readonly version: number;
  readonly activatedAt: string;
}

export interface Organization {
  readonly id: OrganizationId;
  readonly name: string;
  readonly status: OrganizationStatus;
  /** Whose registrars care for the accounts of a removed organization. */
  readonly trustee?: OrganizationId;
  /** Its tokens that the members have paused while it is suspended or removed. */
  readonly pausedTokens: readonly TokenId[];
  /** Certificate of the CA of its users and officers: DER, base64. */
  readonly userAuthority: string;
  readonly officers: readonly { readonly id: OfficerId; readonly name: string; readonly roles: readonly OfficerRole[] }[];
  /** By token: above it a credit limit takes two officers. */
  readonly limitThresholds: Readonly<Record<TokenId, string>>;
}

export interface Certificate extends CertificateRecord {
  readonly thumbprint: Digest;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly status: SigningKey['status'];
  readonly role: KeyRole;
  readonly caps?: CapsBody;
  /** The organization made the key for its holder. */
  readonly issued?: true;
  /** DER, base64. */
  readonly certificate: string;
}

export interface Recovery extends Omit<LedgerRecovery, 'key' | 'effectiveAt' | 'deadline'> {
  readonly id: ObjectId;
  /** Thumbprint of the new one. */
  readonly certificate: Digest;
  /** From when on anybody may complete it; once confirmed. */
  readonly effectiveAt?: string;
  readonly deadline: string;
  readonly bookedAt: string;
  readonly entry: string;
}

export interface HolderLink extends Omit<LedgerLink, 'deadline'> {
  readonly id: ObjectId;
  readonly deadline: string;
  readonly bookedAt: string;
  readonly entry: string;
}
