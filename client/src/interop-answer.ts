import type { AccountId, Acceptance as LedgerAcceptance, Clearing as LedgerClearing, ErrorCode, Leg, ObjectId, OrganizationId, TokenId } from '@tallystick/chaincode/domain';

/** What gateways answer to reads of interoperability. Rates are of smallest units: `numerator` of one token for `denominator` of another. */

interface Rate {
  readonly numerator: string;
  readonly denominator: string;
}

/** An organization takes another's token for its own. */
export interface Acceptance {
  /** {token}/{into} */
  readonly id: string;
  readonly token: TokenId;
  readonly into: TokenId;
  readonly organization: OrganizationId;
  readonly treasury: AccountId;
  readonly status: LedgerAcceptance['status'];
  readonly direction: LedgerAcceptance['direction'];
  readonly version: number;
  readonly rate: Rate;
  readonly validFrom: string;
  readonly validUntil: string;
  readonly cap: string;
  readonly fixed: string;
  readonly pool: { readonly available: string; readonly taken: string };
}

/** What an amount of one token comes to in another, by one way. */
export interface Quote {
  readonly token: TokenId;
  readonly into: TokenId;
  readonly version: number;
  readonly repayment: boolean;
  readonly rate: Rate;
  readonly receives: string;
  /** How much of the token paid can be converted now. */
  readonly room: string;
  readonly validUntil: string;
  readonly refusal?: ErrorCode;
}

/** What the issuer of a token owes an organization that has taken it in. */
export interface Position {
  readonly token: TokenId;
  readonly into: TokenId;
  readonly debtor: OrganizationId;
  readonly creditor: OrganizationId;
  readonly amount: string;
  readonly taken: string;
  readonly fixed: string;
  readonly cap: string;
}

export interface Clearing {
  readonly id: ObjectId;
  readonly state: LedgerClearing['state'];
  readonly unit: TokenId;
  readonly confirmBy: string;
  readonly settleBy: string;
  readonly rates: readonly (Rate & { readonly token: TokenId })[];
  readonly parties: readonly { readonly organization: OrganizationId; readonly treasury?: AccountId; readonly confirmed: boolean }[];
  /** Pools neither of whose sides has spoken. */
  readonly unfixed: readonly { readonly token: TokenId; readonly into: TokenId }[];
  readonly positions: readonly { readonly token: TokenId; readonly into: TokenId; readonly debtor: OrganizationId; readonly creditor: OrganizationId; readonly amount: string }[];
  readonly legs: readonly { readonly debtor: OrganizationId; readonly creditor: OrganizationId; readonly amount: string; readonly state: Leg['state']; readonly bankReference?: string }[];
  readonly bookedAt: string;
  readonly entry: string;
}
