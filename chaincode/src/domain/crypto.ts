import type { Digest } from './id.ts';
import type { Instant } from './time.ts';

/** What the ledger reads in a certificate that is inside its profile. */
export interface CertificateFacts {
  /** SHA-256 of the DER encoding. */
  readonly thumbprint: Digest;
  /** DER SubjectPublicKeyInfo, base64: P-256, uncompressed point, so that a key has one spelling. */
  readonly publicKey: string;
  readonly serialNumber: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** Cryptography handed to the domain: synchronous, so that no promise hides in a decision. */
export interface Crypto {
  readonly sha256: (data: string | Uint8Array) => Digest;
  /** ES256 over the ASCII bytes of `signed`; `signature` is r‖s, 64 bytes; `publicKey` is DER SPKI in base64. */
  readonly verify: (publicKey: string, signed: string, signature: Uint8Array) => boolean;
  /** Facts of a leaf certificate (base64 DER). @throws LedgerError CERTIFICATE_MALFORMED, CERTIFICATE_PROFILE */
  readonly readCertificate: (certificate: string) => CertificateFacts;
  /** Whether the certificate names the CA certificate as issuer and carries its signature. */
  readonly isIssuedBy: (certificate: string, authority: string) => boolean;
  /** The public key of a CA certificate, spelled as a leaf's. @throws LedgerError CERTIFICATE_MALFORMED, CERTIFICATE_PROFILE unless it is one, with a P-256 key. */
  readonly authorityKey: (certificate: string) => string;
}
