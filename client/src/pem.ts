import { fromBase64, LedgerError, toBase64 } from '@tallystick/chaincode/domain';

export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PRIVATE KEY';

export function toPem(label: PemLabel, der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The first block of this label; undefined when there is none. */
export function fromPem(label: PemLabel, text: string): Uint8Array<ArrayBuffer> | undefined {
  const block = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text)?.[1];
  if (block === undefined) return undefined;
  try {
    return fromBase64(block.replaceAll(/\s/g, ''));
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}
