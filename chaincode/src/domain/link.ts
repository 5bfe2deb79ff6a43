import { z } from 'zod';
import { accountAt, assertCanCredit } from './account.ts';
import type { Book } from './book.ts';
import { KEY_ROLES } from './certificate.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, isAccountId, objectIdSchema, organizationOf, splitObjectId, type AccountId, type ObjectId, type OfficerId, type SignerId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { assertOfficer } from './right.ts';
import { caretakerOf } from './standing.ts';
import { assertBefore, assertReached, assertSettable, instantSchema, parseInstant, type Instant } from './time.ts';

export const LINK_STATES = ['proposed', 'consented', 'linked', 'unlinked', 'withdrawn', 'expired'] as const;

/** Two accounts of two systems have one holder: said by both keys and both registrars. The accounts stay what they are. */
export interface HolderLink {
  /** Whose key has asked for it. */
  readonly proposer: AccountId;
  readonly account: AccountId;
  /** Who has looked at it for which of the two: a registrar of its home, or of who cares for it since. */
  readonly confirmedBy: Readonly<Record<AccountId, OfficerId>>;
  /** Past it, a link that is not made can only expire. */
  readonly deadline: Instant;
  readonly state: (typeof LINK_STATES)[number];
}

/** The holder of an account as the ledger knows it elsewhere: accounts it is linked to, and by which link. */
export interface HolderLinks {
  readonly links: Readonly<Record<AccountId, ObjectId>>;
}

const MAX_LINKS = 16;

const proposeBody = z.strictObject({ account: accountIdSchema, deadline: instantSchema });
const linkBody = z.strictObject({ link: objectIdSchema, proposer: accountIdSchema, account: accountIdSchema });
type LinkBody = z.infer<typeof linkBody>;

const lanes = (_: string, { proposer, account }: LinkBody) => [proposer, account];
const reads = (_: string, { link, proposer, account }: LinkBody) => [['instruction', ...splitObjectId(link)], ['holderLinks', proposer], ['holderLinks', account]] as const;

/** An owner of one account names the other. */
export const proposeLink = defineInstruction({
  type: 'link.propose/1',
  signedBy: 'account',
  body: proposeBody,
  lanes: (proposer, { account }) => [proposer, account],
  reads: (proposer, { account }) => [['account', account], ['holderLinks', proposer], ['holderLinks', account]],
  decide: ({ book, signer: proposer }, { account, deadline: text }) => {
    refuseUnless(organizationOf(account) !== organizationOf(proposer), 'LINK_SAME_SYSTEM');
    for (const id of [proposer, account]) assertCanCredit(accountAt(book, id));
    assertLinkable(book, proposer, account);
    const deadline = parseInstant(text);
    assertSettable(book, deadline);
    return { link: { proposer, account, confirmedBy: {}, deadline, state: 'proposed' } };
  },
});

/** An owner of the other says so too. */
export const consentToLink = defineInstruction({
  type: 'link.consent/1',
  signedBy: 'account',
  body: linkBody,
  lanes,
  reads,
  decide: ({ book, signer }, body) => {
    const link = linkIn(book, body, 'proposed');
    refuseUnless(signer === link.account, 'SIGNER_NOT_ENTITLED');
    assertBefore(book, link.deadline, 'LINK_EXPIRED');
    putObject(book, 'link', body.link, { ...link, state: 'consented' });
    return {};
  },
});

/** Each home's registrar has seen that its holder is the other's; once it is said for both, the accounts are linked. */
export const confirmLink = defineInstruction({
  type: 'link.confirm/1',
  signedBy: 'officer',
  body: linkBody,
  lanes,
  reads,
  decide: ({ book, signer }, body) => {
    assertHomeRegistrar(book, signer, body);
    const link = linkIn(book, body, 'consented');
    const mine = inCareOf(book, signer, body).filter((id) => link.confirmedBy[id] === undefined);
    refuseUnless(mine.length > 0, 'LINK_STATE', { confirmedBy: Object.values(link.confirmedBy).join(' ') });
    assertBefore(book, link.deadline, 'LINK_EXPIRED');
    const confirmedBy = { ...link.confirmedBy, ...Object.fromEntries(mine.map((id) => [id, signer])) };
    const isWhole = Object.keys(confirmedBy).length === 2;
    if (isWhole) {
      for (const id of [link.proposer, link.account]) assertCanCredit(accountAt(book, id));
      assertLinkable(book, link.proposer, link.account);
      putLink(book, link.proposer, link.account, body.link);
      putLink(book, link.account, link.proposer, body.link);
    }
    putObject(book, 'link', body.link, { ...link, confirmedBy, state: isWhole ? 'linked' : 'consented' });
    return {};
  },
});

/** Any of the four takes it back or undoes it, alone. */
export const endLink = defineInstruction({
  type: 'link.end/1',
  ends: true,
  signedBy: 'either',
  body: linkBody,
  lanes,
  reads,
  decide: ({ book, signer }, body) => {
    const link = linkIn(book, body, 'proposed', 'consented', 'linked');
    if (isAccountId(signer)) refuseUnless(signer === link.proposer || signer === link.account, 'SIGNER_NOT_ENTITLED');
    else assertHomeRegistrar(book, signer, body);
    if (link.state === 'linked') {
      putLink(book, link.proposer, link.account, undefined);
      putLink(book, link.account, link.proposer, undefined);
    }
    putObject(book, 'link', body.link, { ...link, state: link.state === 'linked' ? 'unlinked' : 'withdrawn' });
    return {};
  },
});

export const expireLink = defineInstruction({
  type: 'link.expire/1',
  ends: true,
  signedBy: 'either',
  keyRoles: KEY_ROLES,
  body: linkBody,
  lanes,
  reads,
  decide: ({ book }, body) => {
    const link = linkIn(book, body, 'proposed', 'consented');
    assertReached(book, link.deadline);
    putObject(book, 'link', body.link, { ...link, state: 'expired' });
    return {};
  },
});

function assertLinkable(book: Book, one: AccountId, other: AccountId): void {
  const earlier = linksOf(book, one)[other];
  refuseUnless(earlier === undefined, 'LINK_EXISTS', { link: earlier ?? '' });
  for (const id of [one, other]) refuseUnless(Object.keys(linksOf(book, id)).length < MAX_LINKS, 'LINK_TOO_MANY', { account: id, most: String(MAX_LINKS) });
}

function linksOf(book: Book, account: AccountId): HolderLinks['links'] {
  return book.get('holderLinks', account)?.links ?? {};
}

function putLink(book: Book, from: AccountId, to: AccountId, link: ObjectId | undefined): void {
  const { [to]: _, ...others } = linksOf(book, from);
  book.put('holderLinks', [from], { links: link === undefined ? others : { ...others, [to]: link } });
}

function assertHomeRegistrar(book: Book, signer: SignerId, body: LinkBody): void {
  const [mine = body.account] = inCareOf(book, signer, body);
  assertOfficer(book, signer, 'registrar', organizationOf(mine));
}

function inCareOf(book: Book, officer: OfficerId, { proposer, account }: LinkBody): readonly AccountId[] {
  return [proposer, account].filter((id) => caretakerOf(book.ledger, organizationOf(id)) === organizationOf(officer));
}

function linkIn(book: Book, { link: id, proposer, account }: LinkBody, ...states: readonly HolderLink['state'][]): HolderLink {
  const link = objectAt(book, 'link', id, { proposer, account });
  if (!states.includes(link.state)) throw new LedgerError('LINK_STATE', { state: link.state });
  return link;
}
