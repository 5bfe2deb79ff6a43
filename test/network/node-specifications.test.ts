import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { paths } from '../../network/src/config/paths.ts';
import { gatewaySpecification } from '../../network/src/processes/node-specifications.ts';
import { topology } from '../../network/src/topology.ts';

describe('what a gateway runs', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tallystick-specification-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('tells by its revision when any of it has changed', () => {
    const repository = join(folder, 'repository');
    const network = topology();
    const [member] = network.paymentSystems;
    if (member === undefined) throw new Error('nobody');
    const files = paths(join(folder, 'state'), '/tmp');
    const own = files.organization(member.organizationId);
    const clerk = own.officer('clerk');
    const read = [
      ...['gateway-api', 'chaincode', 'client', 'portal'].flatMap((name) => [join(repository, name, 'package.json'), join(repository, name, 'src', 'some.ts')]),
      join(repository, 'portal', 'page', 'portal.ts'), join(repository, 'network', 'src', 'ca', 'client.ts'),
      own.identity('gateway').certificate, own.applicantRegistrar.certificate, clerk.privateKey, clerk.certificate,
    ];
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    };
    const revision = (): string => gatewaySpecification({ network, files, programs: {} as never, config: { repository, processEnvironment: {} } as never }, member).revision;
    for (const path of read) write(path, 'as it was');
    const before = revision();
    expect(revision()).to.equal(before);
    for (const path of read) {
      write(path, 'changed');
      expect(revision(), path).to.not.equal(before);
      write(path, 'as it was');
    }
    expect(revision()).to.equal(before);
  });
});
