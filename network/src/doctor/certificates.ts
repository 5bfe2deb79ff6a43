import { X509Certificate } from 'node:crypto';
import { RENEW_BEFORE_DAYS, wantedBy } from '../ca/enrolment.ts';
import { caServerCertificate } from '../ca/server-config.ts';
import { readIfThere } from '../files.ts';
import { organizations } from '../topology.ts';
import type { Context } from '../up.ts';
import { bad, good, warning, type Finding } from './finding.ts';

const DAY = 86_400_000;

/** Certificates that are missing or end soon, and the clock, as far as they show it to be wrong. */
export function checkCertificates({ network, files }: Context, now = Date.now()): readonly Finding[] {
  const all = organizations(network).flatMap((organization) => {
    const own = files.organization(organization.organizationId);
    const leaves = wantedBy(organization, own, network.consensus === 'BFT').map(({ files: { certificate }, pinned = false }) => ({ path: certificate, pinned }));
    return [...[...organization.roots.map((root) => own.rootCertificate(root)), caServerCertificate(own)].map((path) => ({ path, pinned: false })), ...leaves];
  });
  const read = all.map((it) => ({ ...it, text: readIfThere(it.path) }));
  const there = read.flatMap(({ text, ...it }) => (text === undefined ? [] : [{ ...it, certificate: new X509Certificate(text) }]));
  const missing = read.filter((it) => it.text === undefined).map((it) => it.path);
  const ends = there.map(({ path, pinned, certificate }) => ({ path, pinned, days: (Date.parse(certificate.validTo) - now) / DAY })).sort((a, b) => a.days - b.days);
  const early = there.filter(({ certificate }) => Date.parse(certificate.validFrom) > now);
  return [verdict(missing, ends), ...early.slice(0, 1).map(({ path }) =>
    bad('clock', `This machine's clock is before the beginning of ${path}.`, 'Set the clock; every signature and every certificate depends on it.'))];
}

function verdict(missing: readonly string[], ends: readonly { readonly path: string; readonly pinned: boolean; readonly days: number }[]): Finding {
  const [first] = ends;
  if (first === undefined) return warning('certificates', 'There are no certificates yet.', '`up` has the certificate authorities issue them.');
  if (missing.length > 0) return warning('certificates', `${missing.length} certificates are missing, ${missing[0] ?? ''} for one.`, '`up` has them issued.');
  const sentence = `The next of ${ends.length} certificates to end is ${first.path}, in ${Math.floor(first.days)} days.`;
  const next = first.pinned ? '`up` does not renew it, since others know this one alone: see "Identities" in docs/operations.md.' : 'Run `down` and `up`: what has ended or ends soon is renewed with the same key.';
  if (first.days < 0) return bad('certificates', sentence, next);
  return first.days < RENEW_BEFORE_DAYS ? warning('certificates', sentence, next) : good('certificates', sentence);
}
