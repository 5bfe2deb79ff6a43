import { createHash, verify, X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints, Certificate, id_ce_basicConstraints, id_ce_keyUsage, KeyUsage, KeyUsageFlags, Version, type Name, type SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';
import { LRUCache } from 'lru-cache';
import type { CertificateFacts } from '../domain/crypto.ts';
import { LedgerError, refuseUnless } from '../domain/error.ts';
import { MAX_ORGANIZATIONS } from '../domain/founding.ts';
import { keyReader } from './key-object.ts';

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
/** What precedes the uncompressed point in the SPKI of a P-256 key; nothing else is taken, so a key has one spelling. */
const P256_SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const P256_SPKI_LENGTH = 91;

/** What a certificate says, as far as anybody asks. */
interface Content {
  readonly facts: CertificateFacts;
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly signedPart: Uint8Array;
  readonly signature: Uint8Array;
  readonly isInProfile: boolean;
  readonly isAuthority: boolean;
  /** Bits of its key usage. */
  readonly usage: number;
}

/** Certificates are read again by each run of a decision, the authorities' with every registration; only a cache, so it changes no answer. */
const contents = new LRUCache<string, Content>({ max: 1_000 });

const readAuthorityKey = keyReader(MAX_ORGANIZATIONS);

/**
 * Reads a leaf certificate, one step: no path building, no system trust.
 * @throws LedgerError CERTIFICATE_MALFORMED, CERTIFICATE_PROFILE
 */
export function readCertificate(certificate: string): CertificateFacts {
  const { facts, isInProfile, isAuthority, usage } = contentOf(certificate);
  refuseUnless(isInProfile && !isAuthority && (usage & KeyUsageFlags.digitalSignature) !== 0, 'CERTIFICATE_PROFILE');
  return facts;
}

/** Whether the certificate names the authority as its issuer and carries its signature. */
export function isIssuedBy(certificate: string, authority: string): boolean {
  const { issuer, signedPart, signature } = contentOf(certificate);
  const { subject, facts } = contentOf(authority);
  return issuer.equals(subject) && guarded(() => verify('sha256', signedPart, readAuthorityKey(facts.publicKey), signature));
}

/** The key that certifies users. @throws LedgerError CERTIFICATE_MALFORMED, CERTIFICATE_PROFILE unless it can */
export function authorityKey(certificate: string): string {
  const { facts, isInProfile, isAuthority, usage } = contentOf(certificate);
  refuseUnless(isInProfile && isAuthority && (usage & KeyUsageFlags.keyCertSign) !== 0, 'CERTIFICATE_PROFILE');
  return facts.publicKey;
}

/** Whatever a library says of a certificate somebody else made is a refusal, never a fault of the batch it came in. */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof LedgerError ? error : new LedgerError('CERTIFICATE_MALFORMED');
  }
}

/** Organizational units in the subject of a certificate (PEM or DER). */
export function organizationalUnits(certificate: Uint8Array): readonly string[] {
  const { subject } = new X509Certificate(certificate);
  return subject.split('\n').flatMap((line) => (line.startsWith('OU=') ? [line.slice(3)] : []));
}

/** @throws LedgerError CERTIFICATE_MALFORMED */
function contentOf(certificate: string): Content {
  const known = contents.get(certificate);
  if (known !== undefined) return known;
  const content = guarded(() => parse(certificate));
  contents.set(certificate, content);
  return content;
}

function parse(certificate: string): Content {
  const der = Buffer.from(certificate, 'base64');
  refuseUnless(der.toString('base64') === certificate && der.length === derLength(der), 'CERTIFICATE_MALFORMED');
  const parsed = AsnConvert.parse(der, Certificate);
  const { tbsCertificate: tbs, tbsCertificateRaw: signedPart, signatureValue } = parsed;
  if (signedPart === undefined) throw new LedgerError('CERTIFICATE_MALFORMED');
  const spki = serialized(tbs.subjectPublicKeyInfo);
  const [constraints, usage] = [id_ce_basicConstraints, id_ce_keyUsage].map((id) => tbs.extensions?.find(({ extnID }) => extnID === id)?.extnValue);
  return {
    facts: {
      thumbprint: createHash('sha256').update(der).digest('base64url'),
      publicKey: spki.toString('base64'),
      serialNumber: Buffer.from(tbs.serialNumber).toString('hex'),
      notBefore: tbs.validity.notBefore.getTime().getTime(),
      notAfter: tbs.validity.notAfter.getTime().getTime(),
    },
    issuer: serialized(tbs.issuer),
    subject: serialized(tbs.subject),
    signedPart: new Uint8Array(signedPart),
    signature: new Uint8Array(signatureValue),
    isInProfile: isInProfile(parsed, spki),
    isAuthority: constraints !== undefined && AsnConvert.parse(constraints, BasicConstraints).cA,
    usage: usage === undefined ? 0 : AsnConvert.parse(usage, KeyUsage).toNumber(),
  };
}

/** Length of the outermost DER element, so that nothing can trail it. */
function derLength(der: Buffer): number {
  const first = der[1] ?? 0;
  if (first < 0x80) return 2 + first;
  return 2 + (first & 0x7f) + der.readUIntBE(2, first & 0x7f);
}

function isInProfile({ signatureAlgorithm, tbsCertificate: tbs }: Certificate, spki: Buffer): boolean {
  const extensions = tbs.extensions ?? [];
  const ids = extensions.map(({ extnID }) => extnID);
  return (
    tbs.version === Version.v3 &&
    signatureAlgorithm.algorithm === ECDSA_WITH_SHA256 &&
    tbs.signature.algorithm === ECDSA_WITH_SHA256 &&
    spki.length === P256_SPKI_LENGTH &&
    spki.subarray(0, P256_SPKI_PREFIX.length).equals(P256_SPKI_PREFIX) &&
    new Set(ids).size === ids.length &&
    extensions.every(({ critical, extnID }) => !critical || extnID === id_ce_keyUsage || extnID === id_ce_basicConstraints)
  );
}

function serialized(part: Name | SubjectPublicKeyInfo): Buffer {
  return Buffer.from(AsnConvert.serialize(part));
}
