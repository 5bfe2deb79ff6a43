import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints, Certificate, id_ce_basicConstraints, id_ce_keyUsage, KeyUsage, KeyUsageFlags, Version, type Name, type SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';
import type { CertificateFacts } from '../domain/crypto.ts';
import { LedgerError, refuseUnless } from '../domain/error.ts';

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
/** What precedes the uncompressed point in the SPKI of a P-256 key; nothing else is taken, so a key has one spelling. */
const P256_SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const P256_SPKI_LENGTH = 91;

/**
 * Reads a leaf certificate, one step: no path building, no system trust.
 * @throws LedgerError CERTIFICATE_MALFORMED, CERTIFICATE_PROFILE
 */
export function readCertificate(certificate: string): CertificateFacts {
  return guarded(() => factsOf(certificate));
}

function factsOf(certificate: string): CertificateFacts {
  const { der, parsed } = parse(certificate);
  const { tbsCertificate: tbs } = parsed;
  refuseUnless(isInProfile(parsed) && !isAuthority(parsed) && mayUse(parsed, KeyUsageFlags.digitalSignature), 'CERTIFICATE_PROFILE');
  return {
    thumbprint: createHash('sha256').update(der).digest('base64url'),
    publicKey: spkiOf(tbs.subjectPublicKeyInfo).toString('base64'),
    serialNumber: Buffer.from(tbs.serialNumber).toString('hex'),
    notBefore: tbs.validity.notBefore.getTime().getTime(),
    notAfter: tbs.validity.notAfter.getTime().getTime(),
  };
}

/** Whether the certificate names the authority as its issuer and carries its signature. */
export function isIssuedBy(certificate: string, authority: string): boolean {
  return guarded(() => carriesSignatureOf(certificate, authority));
}

function carriesSignatureOf(certificate: string, authority: string): boolean {
  const { parsed: leaf } = parse(certificate);
  const { parsed: issuer } = parse(authority);
  if (leaf.tbsCertificateRaw === undefined) return false;
  if (!sameName(leaf.tbsCertificate.issuer, issuer.tbsCertificate.subject)) return false;
  const key = createPublicKey({ key: spkiOf(issuer.tbsCertificate.subjectPublicKeyInfo), format: 'der', type: 'spki' });
  return verify('sha256', new Uint8Array(leaf.tbsCertificateRaw), key, new Uint8Array(leaf.signatureValue));
}

/** The key that certifies users. @throws LedgerError CERTIFICATE_MALFORMED, CERTIFICATE_PROFILE unless it can */
export function authorityKey(certificate: string): string {
  return guarded(() => {
    const { parsed } = parse(certificate);
    refuseUnless(isInProfile(parsed) && isAuthority(parsed) && mayUse(parsed, KeyUsageFlags.keyCertSign), 'CERTIFICATE_PROFILE');
    return spkiOf(parsed.tbsCertificate.subjectPublicKeyInfo).toString('base64');
  });
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

function parse(certificate: string): { readonly der: Buffer; readonly parsed: Certificate } {
  const der = Buffer.from(certificate, 'base64');
  refuseUnless(der.toString('base64') === certificate && der.length === derLength(der), 'CERTIFICATE_MALFORMED');
  return { der, parsed: AsnConvert.parse(der, Certificate) };
}

/** Length of the outermost DER element, so that nothing can trail it. */
function derLength(der: Buffer): number {
  const first = der[1] ?? 0;
  if (first < 0x80) return 2 + first;
  return 2 + (first & 0x7f) + der.readUIntBE(2, first & 0x7f);
}

function isInProfile({ signatureAlgorithm, tbsCertificate: tbs }: Certificate): boolean {
  const critical = (tbs.extensions ?? []).filter((extension) => extension.critical).map(({ extnID }) => extnID);
  const ids = (tbs.extensions ?? []).map(({ extnID }) => extnID);
  return (
    tbs.version === Version.v3 &&
    signatureAlgorithm.algorithm === ECDSA_WITH_SHA256 &&
    tbs.signature.algorithm === ECDSA_WITH_SHA256 &&
    isP256(tbs.subjectPublicKeyInfo) &&
    new Set(ids).size === ids.length &&
    critical.every((id) => id === id_ce_keyUsage || id === id_ce_basicConstraints)
  );
}

function isP256(publicKey: SubjectPublicKeyInfo): boolean {
  const spki = spkiOf(publicKey);
  return spki.length === P256_SPKI_LENGTH && spki.subarray(0, P256_SPKI_PREFIX.length).equals(P256_SPKI_PREFIX);
}

function isAuthority(certificate: Certificate): boolean {
  const value = extensionOf(certificate, id_ce_basicConstraints);
  return value !== undefined && AsnConvert.parse(value, BasicConstraints).cA;
}

function mayUse(certificate: Certificate, flag: KeyUsageFlags): boolean {
  const value = extensionOf(certificate, id_ce_keyUsage);
  return value !== undefined && (AsnConvert.parse(value, KeyUsage).toNumber() & flag) !== 0;
}

function extensionOf({ tbsCertificate }: Certificate, id: string) {
  return tbsCertificate.extensions?.find(({ extnID }) => extnID === id)?.extnValue;
}

function spkiOf(publicKey: SubjectPublicKeyInfo): Buffer {
  return Buffer.from(AsnConvert.serialize(publicKey));
}

function sameName(one: Name, other: Name): boolean {
  return Buffer.from(AsnConvert.serialize(one)).equals(Buffer.from(AsnConvert.serialize(other)));
}
