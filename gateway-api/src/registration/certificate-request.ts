import 'reflect-metadata';
import { PemConverter, Pkcs10CertificateRequest } from '@peculiar/x509';

/** What counts of a PKCS #10 certificate request. */
export interface CertificateRequest {
  readonly der: Uint8Array;
  /** DER SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
  readonly commonName: string;
}

/** Undefined unless it is one request, signed with its own key. */
export async function readCertificateRequest(pem: string): Promise<CertificateRequest | undefined> {
  try {
    const [der, ...more] = PemConverter.decode(pem);
    if (der === undefined || more.length > 0) return undefined;
    const request = new Pkcs10CertificateRequest(der);
    if (!(await request.verify())) return undefined;
    const [commonName = '', ...names] = request.subjectName.getField('CN');
    if (names.length > 0) return undefined;
    return { der: new Uint8Array(der), publicKey: Buffer.from(request.publicKey.rawData).toString('base64'), commonName };
  } catch {
    return undefined;
  }
}

/** Base64 DER of a certificate in PEM. */
export function derOfPem(pem: string): string {
  const [der] = PemConverter.decode(pem);
  return Buffer.from(der ?? new ArrayBuffer(0)).toString('base64');
}
