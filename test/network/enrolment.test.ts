import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { due, wantedBy } from '../../network/src/ca/enrolment.ts';
import { caServerCertificate } from '../../network/src/ca/server-config.ts';
import { paths } from '../../network/src/config/paths.ts';
import { checkCertificates } from '../../network/src/doctor/certificates.ts';
import { organizations, topology } from '../../network/src/topology.ts';
import { issueLeaf, makeAuthority, makeKeys } from '../support/certificates.ts';

const DAY_MS = 24 * 3600_000;

describe('renewal of certificates', () => {
  const network = topology();
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tallystick-enrolment-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('renews with the same key what nobody has recorded, and leaves officers to the ledger, which knows their certificates', async () => {
    const files = paths(folder, '/tmp');
    const wanted = network.paymentSystems.flatMap((member) => wantedBy(member, files.organization(member.organizationId), false));
    const [authority, keys] = [await makeAuthority('CA'), await makeKeys()];
    const ending = async (days: number) => (await issueLeaf(authority, keys.publicKey, { notAfter: new Date(Date.now() + days * DAY_MS) })).toString('pem');
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    };
    expect(due(wanted), 'nothing is there').to.have.length(wanted.length);
    const [soon, later] = [await ending(10), await ending(20)];
    for (const organization of organizations(network)) {
      const own = files.organization(organization.organizationId);
      const leaves = wantedBy(organization, own, false);
      for (const path of [...organization.roots.map((root) => own.rootCertificate(root)), caServerCertificate(own), ...leaves.map((it) => it.files.certificate)]) write(path, later);
      for (const it of leaves) write(it.files.privateKey, 'key');
    }
    const officers = wanted.filter((it) => it.files.certificate.includes('/officers/'));
    for (const it of officers) write(it.files.certificate, soon);
    expect(due(wanted)).to.have.members(wanted.filter((it) => !officers.includes(it)));
    const context = { network, files, config: {} as never, say: () => undefined };
    expect(checkCertificates(context)[0]).to.include({ verdict: 'warning' }).and.property('next').includes('`up` does not renew it');
  });
});
