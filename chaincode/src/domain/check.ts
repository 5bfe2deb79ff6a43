import { parseAmount } from './amount.ts';
import type { Book } from './book.ts';
import { keyOf } from './holder.ts';
import type { AccountId, Digest } from './id.ts';
import { pay, paymentRules, type PayBody } from './payment.ts';
import type { Rule } from './rule.ts';
import { capRules } from './spending.ts';

/** Every rule of a payment, those of the key that would sign it first. @param thumbprint of a certificate of the payer; whatever else asks for no key */
export function* checkRules(book: Book, payer: AccountId, body: PayBody, thumbprint: Digest): Iterable<Rule> {
  const key = keyOf(book, payer, thumbprint);
  if (key !== undefined) {
    const { role = 'owner' as const } = key;
    yield { code: 'CERTIFICATE_ROLE', holds: role === 'owner' || pay.keyRoles?.includes(role) === true, figures: { role } };
    yield* capRules(book, payer, key, { token: body.token, amount: parseAmount(body.amount) });
  }
  yield* paymentRules(book, payer, body);
}
