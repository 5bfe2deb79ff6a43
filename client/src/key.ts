import { toBase64 } from '@tallystick/chaincode/domain';
import { TallyError } from './error.ts';
import { fromPem, toPem } from './pem.ts';

const { subtle } = globalThis.crypto;

/** A key of the platform's, which need not let it out. */
export type PlatformKey = Awaited<ReturnType<typeof subtle.importKey>>;

/** A P-256 key pair. WebCrypto only, so that a browser can hold one it never lets out. */
export interface Key {
  readonly privateKey: PlatformKey;
  readonly publicKey: PlatformKey;
  /** The public key as DER SubjectPublicKeyInfo in base64, as the ledger spells it. */
  readonly spki: string;
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A new key; `extractable: false` keeps the private half inside the platform. */
export async function createKey({ extractable = true }: { readonly extractable?: boolean } = {}): Promise<Key> {
  const { privateKey, publicKey } = await subtle.generateKey(P256, extractable, ['sign', 'verify']);
  return withSpki(privateKey, publicKey);
}

/** Reads a private key: PKCS #8 in PEM. @throws TallyError KEY_MALFORMED */
export async function importKey(pem: string): Promise<Key> {
  const der = fromPem('PRIVATE KEY', pem);
  if (der === undefined) throw new TallyError('KEY_MALFORMED', 'This is not a private key in PKCS #8 PEM ("BEGIN PRIVATE KEY").');
  try {
    const privateKey = await subtle.importKey('pkcs8', der, P256, true, ['sign']);
    const { d: _secret, key_ops: _use, ...open } = await subtle.exportKey('jwk', privateKey);
    return await withSpki(privateKey, await subtle.importKey('jwk', open, P256, true, ['verify']));
  } catch (cause) {
    throw new TallyError('KEY_MALFORMED', 'This is not a P-256 private key.', { cause });
  }
}

/** The private key as PKCS #8 in PEM, unencrypted. */
export async function exportKey({ privateKey }: Key): Promise<string> {
  return toPem('PRIVATE KEY', new Uint8Array(await subtle.exportKey('pkcs8', privateKey)));
}

/** ES256: r‖s, 64 bytes. */
export async function signBytes({ privateKey }: Key, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await subtle.sign(ES256, privateKey, bytes));
}

async function withSpki(privateKey: PlatformKey, publicKey: PlatformKey): Promise<Key> {
  return { privateKey, publicKey, spki: toBase64(new Uint8Array(await subtle.exportKey('spki', publicKey))) };
}
