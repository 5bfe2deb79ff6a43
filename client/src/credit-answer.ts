import type {
  AccountId,
  Bill as LedgerBill,
  ErrorCode,
  Figures,
  GRANT_STATES,
  GrantStatus,
  Hold as LedgerHold,
  LIMIT_STATES,
  Mandate as LedgerMandate,
  ObjectId,
  OfficerId,
  Settlement as LedgerSettlement,
  TokenId,
} from '@tallystick/chaincode/domain';
import type { Registration } from './registration.ts';
import type { AsOf, Certificate, PaymentView, Proposal, HolderLink, Recovery, Redemption, Token } from './answer.ts';
import type { Clearing } from './interop-answer.ts';

/** What gateways answer to reads of credit, bills and settlement: amounts as decimal strings, times as RFC 3339. */

/** Every rule a payment would have to pass now. */
export interface PaymentCheck {
  readonly passed: boolean;
  /** In the order of their refusals: the first that does not hold would be the refusal. */
  readonly rules: readonly { readonly code: ErrorCode; readonly holds: boolean; readonly figures?: Figures }[];
}

/** What two accounts owe, reserve, settle or promise; named by the instruction that made it. */
interface Made {
  readonly id: ObjectId;
  readonly token: TokenId;
  readonly bookedAt: string;
  readonly entry: string;
}

export interface Bill extends Made {
  readonly debtor: AccountId;
  readonly creditor: AccountId;
  readonly state: LedgerBill['state'];
  readonly amount: string;
  readonly refunded: string;
  readonly settled: string;
  readonly writtenOff: string;
  readonly outstanding: string;
  /** Ends at the end of this day at the offset. */
  readonly dueDate: string;
  /** Minutes east of UTC. */
  readonly utcOffset: number;
  /** By the ledger clock. */
  readonly overdue: boolean;
  readonly grantVersion: number;
  readonly settlement?: ObjectId;
  readonly dispute?: { readonly id: ObjectId; readonly amount: string; readonly deadline: string };
  readonly contested?: true;
  /** A settlement by bank that expired unanswered. */
  readonly claim?: ObjectId;
  readonly references: PaymentView['references'];
}

export interface Settlement extends Made {
  readonly debtor: AccountId;
  readonly creditor: AccountId;
  readonly state: LedgerSettlement['state'];
  readonly bills: readonly { readonly bill: ObjectId; readonly debtor: AccountId; readonly amount: string }[];
  /** What is paid. */
  readonly net: string;
  readonly bankReference?: string;
  /** What was converted into it. */
  readonly paidWith?: { readonly token: TokenId; readonly amount: string };
  readonly deadline: string;
}

export interface Hold extends Made {
  readonly payer: AccountId;
  readonly payee: AccountId;
  readonly state: LedgerHold['state'];
  /** Not captured yet. */
  readonly balance: string;
  /** Not captured yet. */
  readonly credit: string;
  readonly expiresAt: string;
  readonly references: PaymentView['references'];
}

export interface Mandate extends Made {
  readonly debtor: AccountId;
  readonly creditor: AccountId;
  readonly state: LedgerMandate['state'];
  readonly cap: string;
  readonly used: string;
  readonly validTo: string;
}

/** The ceiling on all credit of an enterprise in a token. */
export interface CreditLimit {
  /** {enterprise}/{token} */
  readonly id: string;
  readonly enterprise: AccountId;
  readonly token: TokenId;
  readonly status: (typeof LIMIT_STATES)[number];
  readonly amount: string;
  readonly drawn: string;
  readonly available: string;
  readonly validTo?: string;
  readonly request?: { readonly id: ObjectId; readonly amount: string };
  readonly proposal?: { readonly id: ObjectId; readonly by: OfficerId; readonly amount: string; readonly validTo?: string };
}

/** What a merchant grants an enterprise in a token, and what the enterprise asks for. */
export interface CreditGrant {
  /** {enterprise}/{token}/{merchant} */
  readonly id: string;
  readonly enterprise: AccountId;
  readonly token: TokenId;
  readonly merchant: AccountId;
  /** A payment on credit names it. */
  readonly version: number;
  readonly state: (typeof GRANT_STATES)[number];
  /** Of the grant in force, also while another is asked for. */
  readonly status?: GrantStatus;
  readonly drawn: string;
  readonly available: string;
  readonly terms?: {
    readonly amount: string;
    readonly perPayment: string;
    readonly validFrom: string;
    readonly validTo: string;
    readonly termDays: number;
    readonly utcOffset: number;
    readonly stopAfterDaysOverdue?: number;
  };
  readonly application?: { readonly id: ObjectId; readonly amount: string; readonly validTo: string };
}

/** What would be drawn and available after the settlements asked about. */
interface Room {
  readonly drawn: string;
  readonly available: string;
}

/** Credit of an enterprise in a token as it is, and as it would be after settling some of its bills. */
export interface Exposure {
  readonly limit?: CreditLimit & { readonly after: Room };
  readonly grants: readonly (CreditGrant & { readonly after: Room })[];
  /** The unpaid ones. */
  readonly bills: readonly (Omit<Bill, 'overdue'> & { readonly after: { readonly outstanding: string; readonly settled: boolean } })[];
}

/** Something that waits for the reader, as it is now. */
export type InboxItem = { readonly id: string } & (
  | { readonly kind: 'grant-application'; readonly object: CreditGrant }
  | { readonly kind: 'settlement-to-confirm' | 'settlement-offered'; readonly object: Settlement }
  | { readonly kind: 'dispute-to-answer'; readonly object: Bill }
  | { readonly kind: 'mandate-to-accept'; readonly object: Mandate }
  | { readonly kind: 'hold-to-capture'; readonly object: Hold }
  | { readonly kind: 'clearing-to-confirm' | 'leg-to-pay' | 'leg-to-acknowledge'; readonly object: Clearing }
  | { readonly kind: 'limit-request' | 'limit-proposal'; readonly object: CreditLimit }
  | { readonly kind: 'recovery-under-way' | 'recovery-to-confirm'; readonly object: Recovery }
  | { readonly kind: 'link-to-consent' | 'link-to-confirm'; readonly object: HolderLink }
  | { readonly kind: 'redemption-to-answer' | 'redemption-requested'; readonly object: Redemption }
  | { readonly kind: 'token-proposal'; readonly object: Token }
  | { readonly kind: 'proposal-to-vote'; readonly object: Proposal }
  | { readonly kind: 'certificate-expiring'; readonly object: Certificate }
  | { readonly kind: 'registration-to-review' | 'registration-to-record'; readonly object: Pick<Registration, 'account' | 'roles' | 'keys' | 'documents' | 'deadline'> }
);

export interface Inbox extends AsOf {
  /** The newest hundred of each kind. */
  readonly items: readonly InboxItem[];
  /** Names this content: to wait for another. */
  readonly tag: string;
}
