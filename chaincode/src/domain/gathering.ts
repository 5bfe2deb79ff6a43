import { z } from 'zod';
import { accountAt } from './account.ts';
import { takeInSealed } from './balance.ts';
import { refuseUnless } from './error.ts';
import { MAX_ORGANIZATIONS } from './founding.ts';
import { accountIdSchema, isAccountId, organizationOf, slotIdSchema, tokenIdSchema } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { assertOfficer } from './right.ts';
import { LANES } from './slot.ts';

/** Slots of an account and token, at most. */
export const MAX_SLOTS = MAX_ORGANIZATIONS * LANES;

const gatherBody = z.strictObject({
  account: accountIdSchema,
  token: tokenIdSchema,
  /** How many parcels each slot has sealed; one that does not exist is left out, so a wrong number does no harm. */
  parcels: z.record(slotIdSchema, z.int().min(1)).refine((parcels) => Object.keys(parcels).length <= MAX_SLOTS),
});

/**
 * Takes sealed parcels of incoming money into the balance, at most as many as one decision can; nobody's money changes. It keeps
 * debits cheap for an account that is paid all the time. By the account itself, or by its organization's clerk: others could disturb its debits.
 */
export const gather = defineInstruction({
  type: 'balance.gather/1',
  signedBy: 'either',
  body: gatherBody,
  lanes: (_, { account }) => [account],
  reads: (_, { account, token }) => [['account', account], ['balance', account, token]],
  decide: ({ book, signer }, { account, token, parcels }) => {
    if (isAccountId(signer)) refuseUnless(signer === account, 'SIGNER_NOT_ENTITLED');
    else assertOfficer(book, signer, 'clerk', organizationOf(account));
    accountAt(book, account);
    takeInSealed(book, account, token, parcels);
    return {};
  },
});
