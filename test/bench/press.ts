import { createHash, type KeyObject } from 'node:crypto';
import { envelopeOf, signApplicationWith, signEnvelope, uuidAt, type Signer } from '../support/signer.ts';
import { keyRing, spkiOf, type BenchAccount, type KeyRing } from './accounts.ts';
import { pressCertificate, type CertificateForm } from './certificate-press.ts';

/** Some instructions as they are sent: the body of a bulk request, or the text of one instruction. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Payments, `pieceSize` to a piece; with 1, a piece is the instruction itself. */
export interface PaymentOrder {
  readonly kind: 'payments';
  readonly ledger: string;
  readonly token: string;
  readonly amount: string;
  readonly seed: string;
  readonly payers: readonly BenchAccount[];
  readonly payees: readonly string[];
  /** Who pays and who is paid: indexes, a pair for each payment. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** When the first is said to be made, and how many are made in a millisecond: ids sort in the order they are sent. */
  readonly at: number;
  readonly perMillisecond: number;
  readonly pieceSize: number;
}

/** Registrations of the accounts of the numbers from `first` on. */
export interface RegistrationOrder {
  readonly kind: 'registrations';
  readonly ledger: string;
  readonly seed: string;
  readonly organization: string;
  readonly roles: readonly string[];
  readonly first: number;
  readonly count: number;
  readonly form: CertificateForm;
  readonly registrar: Signer;
  readonly pieceSize: number;
}

export type Order = PaymentOrder | RegistrationOrder;

export interface Pressed {
  readonly pieces: readonly Piece[];
  /** Of registrations. */
  readonly accounts: readonly BenchAccount[];
}

/** Long enough for any run; the ledger takes a day. */
const LIFETIME_MS = 12 * 3600_000;

/** Signs what is ordered. */
export function press(order: Order): Pressed {
  return order.kind === 'payments' ? { pieces: pressPayments(order, keyRing(order.seed)), accounts: [] } : pressRegistrations(order, keyRing(order.seed));
}

/** The body of a bulk request. */
export function bulkPiece(instructions: readonly string[]): Piece {
  return { bytes: Buffer.from(`{"instructions":["${instructions.join('","')}"]}`), count: instructions.length };
}

/** The instructions of a bulk piece. */
export function instructionsOf({ bytes }: Piece): readonly string[] {
  return (JSON.parse(Buffer.from(bytes).toString()) as { readonly instructions: readonly string[] }).instructions;
}

function pressPayments({ ledger, token, amount, payers, payees, from, to, at, perMillisecond, pieceSize }: PaymentOrder, ring: KeyRing): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let first = 0; first < from.length; first += pieceSize) {
    const texts: string[] = [];
    for (let number = first; number < Math.min(first + pieceSize, from.length); number++) {
      const payer = ring.signer(payers[from[number] ?? 0] as BenchAccount);
      const body = { payee: payees[to[number] ?? 0], token, amount };
      texts.push(signAt(payer, 'payment.pay/1', body, { at: Math.floor(at + number / perMillisecond), ledger }));
    }
    pieces.push(pieceSize === 1 ? { bytes: Buffer.from(texts[0] ?? ''), count: 1 } : bulkPiece(texts));
  }
  return pieces;
}

export function signAt(signer: Signer, type: string, body: unknown, { at, ledger, id }: { readonly at: number; readonly ledger: string; readonly id?: string }): string {
  return signEnvelope(signer, envelopeOf(signer, type, body, at, { ledger, expiresAt: new Date(at + LIFETIME_MS).toISOString(), ...(id !== undefined && { id }) }));
}

/** Like the usual registration but for the CA's server, which would take a request for each; on the ledger nothing is different. */
function pressRegistrations({ ledger, organization, roles, first, count, form, registrar, pieceSize }: RegistrationOrder, ring: KeyRing): Pressed {
  const accounts: BenchAccount[] = [];
  const pieces: Piece[] = [];
  const at = Date.now();
  for (let done = 0; done < count; done += pieceSize) {
    const texts: string[] = [];
    for (let number = first + done; number < first + Math.min(done + pieceSize, count); number++) {
      const { account, body } = register(ring.key(number), { organization, number, roles, form, ledger, at });
      accounts.push(account);
      texts.push(signAt(registrar, 'account.register/1', body, { at, ledger }));
    }
    pieces.push(bulkPiece(texts));
  }
  return { pieces, accounts };
}

interface Registering extends Pick<RegistrationOrder, 'organization' | 'roles' | 'form' | 'ledger'> {
  readonly number: number;
  readonly at: number;
}

function register(key: KeyObject, { organization, number, roles, form, ledger, at }: Registering): { readonly account: BenchAccount; readonly body: unknown } {
  const id = `${uuidAt(at)}@${organization}`;
  const spki = spkiOf(key);
  const certificate = pressCertificate(form, id, spki);
  const application = signApplicationWith(key, spki, id, { at, ledger });
  const thumbprint = createHash('sha256').update(certificate).digest('base64url');
  return { account: { id, thumbprint, number }, body: { account: id, roles, holder: 'A'.repeat(43), certificate: certificate.toString('base64'), application } };
}
