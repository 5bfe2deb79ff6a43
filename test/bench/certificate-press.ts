import { randomBytes, sign, type KeyObject } from 'node:crypto';
import { issueLeaf, makeKeys } from '../support/certificates.ts';
import { userAuthority } from '../support/user-authority.ts';
import type { MemberDescription } from '../../network/src/index.ts';
import { uuidv7 } from '../../client/src/index.ts';

/** A certificate of an organization's user CA as a form: what differs between two of them is at these places. */
export interface CertificateForm {
  readonly signedPart: Uint8Array;
  readonly serialAt: number;
  readonly nameAt: number;
  readonly keyAt: number;
  readonly authorityKey: KeyObject;
}

const SERIAL_BYTES = 8;
/** ecdsa-with-SHA256 */
const ALGORITHM = Buffer.from('300a06082a8648ce3d040302', 'hex');

/** Everything that costs time is done once; the name it holds is as long as any account's of the organization. */
export async function certificateForm(member: MemberDescription, authorityKey: KeyObject): Promise<CertificateForm> {
  const authority = await userAuthority(member);
  const name = `${uuidv7()}@${member.organizationId}`;
  for (;;) {
    const leaf = await issueLeaf(authority, (await makeKeys()).publicKey, { name });
    const serial = Buffer.from(leaf.serialNumber, 'hex');
    // A serial number is a positive number: its first bit must stay as it is for the length to stay.
    if (serial.length !== SERIAL_BYTES || (serial[0] ?? 0) < 1 || (serial[0] ?? 0) > 127) continue;
    const signedPart = firstElement(Buffer.from(leaf.rawData));
    return { signedPart, serialAt: signedPart.indexOf(serial), nameAt: signedPart.indexOf(name), keyAt: signedPart.indexOf(Buffer.from(leaf.publicKey.rawData)), authorityKey };
  }
}

/** Fills in the form and signs it as the CA would; DER. */
export function pressCertificate({ signedPart, serialAt, nameAt, keyAt, authorityKey }: CertificateForm, name: string, spki: Uint8Array): Buffer {
  const filled = Buffer.from(signedPart);
  randomBytes(SERIAL_BYTES - 1).copy(filled, serialAt + 1);
  filled.write(name, nameAt);
  filled.set(spki, keyAt);
  const signature = sign('sha256', filled, authorityKey);
  return element(0x30, Buffer.concat([filled, ALGORITHM, element(0x03, Buffer.concat([Buffer.from([0]), signature]))]));
}

/** The element that a DER sequence begins with. */
function firstElement(sequence: Buffer): Buffer {
  const start = headerLength(sequence);
  const inner = sequence.subarray(start);
  return Buffer.from(inner.subarray(0, headerLength(inner) + contentLength(inner)));
}

function headerLength(bytes: Buffer): number {
  const first = bytes[1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
}

function contentLength(bytes: Buffer): number {
  const first = bytes[1] ?? 0;
  return first < 0x80 ? first : bytes.readUIntBE(2, first & 0x7f);
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
