import { readFileSync } from 'node:fs';
import { fromPem, importKey, requestCertificate, type Proposal } from '@tallystick/client';
import { OFFICERS, type MemberDescription } from '@tallystick/network';

export type PropositionChange = Proposal['change'];
type Entry = Extract<PropositionChange, { readonly kind: 'admit' }>['entry'];

/** What the members vote on when an organization joins: its CA, and its officers, each with the proof of its key. */
export async function admissionEntry({ organizationId, name, roots, officers }: MemberDescription, ledger: string): Promise<Entry> {
  const entries = await Promise.all(OFFICERS.map(async (officer) => {
    const { privateKey, certificate } = officers[officer];
    const { application } = await requestCertificate(await importKey(readFileSync(privateKey, 'utf8')), { ledger, holder: `${officer}@${organizationId}` });
    return { name: officer, roles: [officer], certificate: base64Der(certificate), application };
  }));
  return { organizationId, name, userCa: base64Der(roots.user), officers: entries };
}

function base64Der(path: string): string {
  const der = fromPem('CERTIFICATE', readFileSync(path, 'utf8'));
  if (der === undefined) throw new Error(`${path} is no certificate in PEM`);
  return Buffer.from(der).toString('base64');
}
