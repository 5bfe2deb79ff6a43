import { IDENTIFIER_KINDS, type IdentifierKind } from '@tallystick/chaincode/domain';
import { z } from 'zod';

const FORMS: Readonly<Record<IdentifierKind, RegExp>> = {
  phone: /^\+[1-9][0-9]{6,14}$/,
  email: /^[^\s@]{1,64}@[^\s@]{1,190}$/,
  handle: /^[a-z0-9._-]{3,40}$/,
  lei: /^[A-Z0-9]{18}[0-9]{2}$/,
  'registration-number': /^[A-Z0-9./-]{3,40}$/,
  iban: /^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/,
};

export const identifierSchema = z.strictObject({
  kind: z.enum(IDENTIFIER_KINDS),
  identifier: z.string().max(256).meta({ description: 'However it is written: spaces and case do not count. It is neither kept nor put on the ledger.' }),
});

/** How each kind is written, for whoever wrote it otherwise. */
export const EXAMPLES: Readonly<Record<IdentifierKind, string>> = {
  phone: '+4930123456', email: 'name@example.org', handle: 'the.shop', lei: '5299000J2N45DDNE4Y28', 'registration-number': 'HRB12345', iban: 'DE89370400440532013000',
};

/** One text for every way of writing it; undefined: it is none of its kind. */
export function normalized({ kind, identifier }: z.infer<typeof identifierSchema>): string | undefined {
  const bare = identifier.normalize('NFKC').replaceAll(/\s/g, '');
  const text = kind === 'email' || kind === 'handle' ? bare.toLowerCase() : kind === 'phone' ? bare.replaceAll(/[()/-]/g, '') : bare.toUpperCase();
  return FORMS[kind].test(text) ? `${kind}:${text}` : undefined;
}
