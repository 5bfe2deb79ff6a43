import { Constructed, fromBER, Integer, ObjectIdentifier, OctetString, Sequence, type AsnType } from 'asn1js';
import { TallyError } from './error.ts';
import { importKey, type Key } from './key.ts';
import { toPem } from './pem.ts';

/** What an organization hands over: a key, and its certificate as DER. */
export interface KeyWithCertificate {
  readonly key: Key;
  readonly certificate: Uint8Array<ArrayBuffer>;
}

const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERT_BAG = '1.2.840.113549.1.12.10.1.3';

const { subtle } = globalThis.crypto;

/**
 * Opens a PKCS #12 file as gateways make it: key under PBES2 (PBKDF2 with HMAC-SHA-256, AES-256-CBC), certificates in clear.
 * Its MAC is not looked at: who makes a signer of it finds out whether key and certificate belong together.
 * @throws TallyError KEY_MALFORMED for another kind of file, or a wrong password
 */
export async function openPkcs12(file: Uint8Array, password: string): Promise<KeyWithCertificate> {
  try {
    const [, authSafe] = partsOf(parse(file));
    const bags = partsOf(parse(dataOf(authSafe))).flatMap((part) => partsOf(parse(dataOf(part))));
    const valueOf = (type: string): AsnType => explicitIn(partsOf(bags.find((bag) => oidIn(partsOf(bag)[0]) === type))[1]);
    const pkcs8 = await decrypted(valueOf(SHROUDED_KEY_BAG), password);
    const certificate = octetsIn(explicitIn(partsOf(valueOf(CERT_BAG))[1]));
    return { key: await importKey(toPem('PRIVATE KEY', pkcs8)), certificate };
  } catch (cause) {
    throw new TallyError('KEY_MALFORMED', 'This is not a key file of a gateway, or the password is another.', { cause });
  }
}

/** EncryptedPrivateKeyInfo → PKCS #8. */
async function decrypted(info: AsnType, password: string): Promise<Uint8Array> {
  const [algorithm, content] = partsOf(info);
  const [derivation, scheme] = partsOf(partsOf(algorithm)[1]);
  const [salt, iterations] = partsOf(partsOf(derivation)[1]);
  if (!(iterations instanceof Integer)) throw new TypeError('iterations');
  const secret = await subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveKey']);
  const pbkdf2 = { name: 'PBKDF2', hash: 'SHA-256', salt: octetsIn(salt), iterations: iterations.valueBlock.valueDec };
  const key = await subtle.deriveKey(pbkdf2, secret, { name: 'AES-CBC', length: 256 }, false, ['decrypt']);
  return new Uint8Array(await subtle.decrypt({ name: 'AES-CBC', iv: octetsIn(partsOf(scheme)[1]) }, key, octetsIn(content)));
}

function parse(bytes: Uint8Array): AsnType {
  const { offset, result } = fromBER(bytes);
  if (offset !== bytes.length) throw new TypeError('DER');
  return result;
}

function dataOf(contentInfo: AsnType | undefined): Uint8Array {
  return octetsIn(explicitIn(partsOf(contentInfo)[1]));
}

function partsOf(block: AsnType | undefined): readonly AsnType[] {
  if (!(block instanceof Sequence)) throw new TypeError('SEQUENCE');
  return block.valueBlock.value;
}

function explicitIn(block: AsnType | undefined): AsnType {
  const [inner] = block instanceof Constructed ? (block.valueBlock.value as readonly AsnType[]) : [];
  if (inner === undefined) throw new TypeError('[0]');
  return inner;
}

function octetsIn(block: AsnType | undefined): Uint8Array<ArrayBuffer> {
  if (!(block instanceof OctetString)) throw new TypeError('OCTET STRING');
  return new Uint8Array(block.getValue());
}

function oidIn(block: AsnType | undefined): string | undefined {
  return block instanceof ObjectIdentifier ? block.valueBlock.toString() : undefined;
}
