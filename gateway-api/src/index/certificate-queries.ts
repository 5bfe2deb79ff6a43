import type { DatabaseSync } from 'node:sqlite';
import type { SigningKey } from '@tallystick/chaincode/domain';

/** A certificate recorded on the ledger. */
export interface IndexedCertificate {
  readonly thumbprint: string;
  readonly holder: string;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly status: SigningKey['status'];
  /** DER, base64. */
  readonly certificate: string;
}

interface Row {
  readonly thumbprint: string;
  readonly holder: string;
  readonly public_key: string;
  readonly serial_number: string;
  readonly not_before: string;
  readonly not_after: string;
  readonly status: SigningKey['status'];
  readonly certificate: string | null;
}

export function certificateQueries(database: DatabaseSync) {
  const joined = `SELECT * FROM certificates JOIN certificate_records USING (thumbprint) LEFT JOIN certificate_documents USING (thumbprint)`;
  const byThumbprint = database.prepare(`${joined} WHERE thumbprint = ?`);
  const byHolder = database.prepare(`${joined} WHERE holder = ? ORDER BY rank`);
  const keyOf = database.prepare('SELECT holder, public_key FROM certificates WHERE thumbprint = ?');
  return {
    one: (thumbprint: string): IndexedCertificate | undefined => {
      const row = byThumbprint.get(thumbprint) as Row | undefined;
      return row === undefined ? undefined : certificateOf(row);
    },
    ofHolder: (holder: string): readonly IndexedCertificate[] => (byHolder.all(holder) as unknown as readonly Row[]).map(certificateOf),
    /** The public key of a certificate of this signer, whatever its state. */
    key: (signer: string, thumbprint: string): string | undefined => {
      const row = keyOf.get(thumbprint) as Pick<Row, 'holder' | 'public_key'> | undefined;
      return row?.holder === signer ? row.public_key : undefined;
    },
  };
}

function certificateOf({ thumbprint, holder, serial_number, not_before, not_after, status, certificate }: Row): IndexedCertificate {
  return { thumbprint, holder, serialNumber: serial_number, notBefore: not_before, notAfter: not_after, status, certificate: certificate ?? '' };
}
