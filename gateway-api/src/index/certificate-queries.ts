import type { DatabaseSync } from 'node:sqlite';
import type { CapsBody, KeyRole, SigningKey } from '@tallystick/chaincode/domain';

/** A certificate recorded on the ledger. */
export interface IndexedCertificate {
  readonly thumbprint: string;
  readonly holder: string;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly status: SigningKey['status'];
  /** Officers' keys are owners: what they sign is said by their office. */
  readonly role: KeyRole;
  readonly caps?: CapsBody;
  /** Its organization made the key. */
  readonly issued?: true;
  /** DER, base64. */
  readonly certificate: string;
}

/** One holder's certificates, or those of some organizations' accounts or officers. */
export type ExpiryFilter = { readonly holder: string } | { readonly homes: readonly string[]; readonly kind: 'account' | 'officer' };

/** Active certificates that end by then (RFC 3339); ended ones are told as well, until they are renewed or revoked. */
export interface ExpiryRequest {
  readonly until: string;
  readonly limit: number;
  readonly after?: Pick<IndexedCertificate, 'notAfter' | 'thumbprint'>;
}

interface Row {
  readonly thumbprint: string;
  readonly holder: string;
  readonly public_key: string;
  readonly serial_number: string;
  readonly not_before: string;
  readonly not_after: string;
  readonly status: SigningKey['status'];
  readonly role: KeyRole;
  readonly caps: string | null;
  readonly issued: number;
  readonly certificate: string | null;
}

/** Keys in memory; when there are more, all are looked up anew. */
const MOST_KNOWN = 50_000;

export type CertificateQueries = ReturnType<typeof certificateQueries>;

export function certificateQueries(database: DatabaseSync) {
  /** Whose a key is never changes, only whether it is active. */
  const known = new Map<string, Pick<Row, 'holder' | 'public_key'>>();
  const whose = (thumbprint: string): Pick<Row, 'holder' | 'public_key'> | undefined => {
    const found = known.get(thumbprint) ?? (keyOf.get(thumbprint) as Pick<Row, 'holder' | 'public_key'> | undefined);
    if (known.size >= MOST_KNOWN) known.clear();
    if (found !== undefined) known.set(thumbprint, found);
    return found;
  };
  const joined = `SELECT * FROM certificates JOIN certificate_records USING (thumbprint) LEFT JOIN certificate_documents USING (thumbprint)`;
  const byThumbprint = database.prepare(`${joined} WHERE thumbprint = ?`);
  const byHolder = database.prepare(`${joined} WHERE holder = ? ORDER BY rank`);
  const expiring = (whose: string) =>
    database.prepare(`${joined} WHERE ${whose} AND status = 'active' AND not_after <= :until AND (not_after, thumbprint) > (:notAfter, :thumbprint) ORDER BY not_after, thumbprint LIMIT :limit`);
  const expiringOfHolder = expiring('holder = :holder');
  const expiringOfHome = expiring('home = :home AND kind = :kind');
  const keyOf = database.prepare('SELECT holder, public_key FROM certificates WHERE thumbprint = ?');
  return {
    one: (thumbprint: string): IndexedCertificate | undefined => {
      const row = byThumbprint.get(thumbprint) as Row | undefined;
      return row === undefined ? undefined : certificateOf(row);
    },
    ofHolder: (holder: string): readonly IndexedCertificate[] => (byHolder.all(holder) as unknown as readonly Row[]).map(certificateOf),
    /** Soonest first. */
    expiring: (whose: ExpiryFilter, { until, limit, after }: ExpiryRequest): readonly IndexedCertificate[] => {
      const request = { until, limit, notAfter: after?.notAfter ?? '', thumbprint: after?.thumbprint ?? '' };
      const rows = 'holder' in whose ? expiringOfHolder.all({ ...whose, ...request }) : whose.homes.flatMap((home) => expiringOfHome.all({ home, kind: whose.kind, ...request }));
      return (rows as unknown as readonly Row[]).toSorted(bySoonest).slice(0, limit).map(certificateOf);
    },
    /** The public key of a certificate of this signer, whatever its state. */
    key: (signer: string, thumbprint: string): string | undefined => {
      const row = whose(thumbprint);
      return row?.holder === signer ? row.public_key : undefined;
    },
    /** What was written is undone. */
    forget: (): void => known.clear(),
  };
}

function bySoonest(one: Row, other: Row): number {
  const [first, second] = [one, other].map(({ not_after, thumbprint }) => `${not_after}_${thumbprint}`) as [string, string];
  return first < second ? -1 : 1;
}

function certificateOf({ thumbprint, holder, serial_number, not_before, not_after, status, role, caps, issued, certificate }: Row): IndexedCertificate {
  return {
    thumbprint, holder, serialNumber: serial_number, notBefore: not_before, notAfter: not_after, status, role,
    ...(caps !== null && { caps: JSON.parse(caps) as CapsBody }), ...(issued === 1 && { issued: true }), certificate: certificate ?? '',
  };
}
