import { createCipheriv, createHmac, hash, pbkdf2, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BmpString, Constructed, Integer, Null, ObjectIdentifier, OctetString, Sequence, Set, type BaseBlock } from 'asn1js';

/** What goes into a PKCS #12 file; all DER but the password. */
export interface Pkcs12Content {
  /** PKCS #8. */
  readonly privateKey: Uint8Array;
  /** The key's own first. */
  readonly certificates: readonly Uint8Array[];
  readonly friendlyName: string;
  /** Printable ASCII, so that every program makes the same bytes of it. */
  readonly password: string;
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

const KEY_ITERATIONS = 600_000;
const MAC_ITERATIONS = 100_000;
/** The MAC's key derivation has no native code in Node: it lets others run in between. */
const ITERATIONS_AT_ONCE = 5_000;

const derive = promisify(pbkdf2);

/**
 * A PKCS #12 file (RFC 7292): the key under PBES2 (PBKDF2 with HMAC-SHA-256, AES-256-CBC), the certificates, which are public,
 * beside it in clear, and a SHA-256 MAC over both.
 */
export async function makePkcs12({ privateKey, certificates, friendlyName, password }: Pkcs12Content): Promise<Buffer> {
  const keyId = randomBytes(20);
  const named = [attribute(OID.friendlyName, new BmpString({ value: friendlyName })), attribute(OID.localKeyId, octets(keyId))];
  const keyBag = bag(OID.shroudedKeyBag, await encrypted(privateKey, password), named);
  const certBags = certificates.map((der, index) => bag(OID.certBag, sequence(oid(OID.x509Certificate), explicit(octets(der))), index === 0 ? named : []));
  const safe = bytesOf(sequence(dataOf(bytesOf(sequence(keyBag))), dataOf(bytesOf(sequence(...certBags)))));
  const salt = randomBytes(16);
  const mac = createHmac('sha256', await macKey(password, salt)).update(safe).digest();
  const macData = sequence(sequence(sequence(oid(OID.sha256), new Null()), octets(mac)), octets(salt), new Integer({ value: MAC_ITERATIONS }));
  return bytesOf(sequence(new Integer({ value: 3 }), dataOf(safe), macData));
}

/** EncryptedPrivateKeyInfo. */
async function encrypted(privateKey: Uint8Array, password: string): Promise<BaseBlock> {
  const [salt, iv] = [randomBytes(16), randomBytes(16)];
  const cipher = createCipheriv('aes-256-cbc', await derive(password, salt, KEY_ITERATIONS, 32, 'sha256'), iv);
  const content = Buffer.concat([cipher.update(privateKey), cipher.final()]);
  const keyDerivation = sequence(oid(OID.pbkdf2), sequence(octets(salt), new Integer({ value: KEY_ITERATIONS }), sequence(oid(OID.hmacWithSha256), new Null())));
  return sequence(sequence(oid(OID.pbes2), sequence(keyDerivation, sequence(oid(OID.aes256Cbc), octets(iv)))), octets(content));
}

/** RFC 7292, appendix B.2, for 32 bytes by SHA-256: one block. */
async function macKey(password: string, salt: Uint8Array): Promise<Buffer> {
  const BLOCK = 64;
  const MAC_PURPOSE = 3;
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16();
  const input = Buffer.concat([Buffer.alloc(BLOCK, MAC_PURPOSE), filled(salt, BLOCK), filled(text, BLOCK)]);
  let key = hash('sha256', input, 'buffer');
  for (let done = 1; done < MAC_ITERATIONS; done++) {
    key = hash('sha256', key, 'buffer');
    if (done % ITERATIONS_AT_ONCE === 0) await setImmediate();
  }
  return key;
}

/** Repeated until it fills whole blocks. */
function filled(bytes: Uint8Array, block: number): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes);
}

function bag(type: string, value: BaseBlock, attributes: readonly BaseBlock[]): BaseBlock {
  return sequence(oid(type), explicit(value), ...(attributes.length === 0 ? [] : [new Set({ value: [...attributes] })]));
}

function attribute(type: string, value: BaseBlock): BaseBlock {
  return sequence(oid(type), new Set({ value: [value] }));
}

function dataOf(content: Uint8Array): BaseBlock {
  return sequence(oid(OID.data), explicit(octets(content)));
}

function explicit(value: BaseBlock): BaseBlock {
  return new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [value] });
}

function sequence(...value: BaseBlock[]): BaseBlock {
  return new Sequence({ value });
}

function oid(value: string): BaseBlock {
  return new ObjectIdentifier({ value });
}

function octets(bytes: Uint8Array): BaseBlock {
  return new OctetString({ valueHex: Uint8Array.from(bytes) });
}

function bytesOf(block: BaseBlock): Buffer {
  return Buffer.from(block.toBER());
}
