import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { findPrograms } from '../../network/src/binaries/find.ts';
import { FABRIC_CA_RELEASE, FABRIC_RELEASE, fits, type Program } from '../../network/src/binaries/versions.ts';
import { readConfig, type Config } from '../../network/src/config.ts';

describe('binaries', () => {
  const table: readonly (readonly [string, boolean])[] = [['3.1.1', true], ['3.1.5', true], ['3.1.0', false], ['3.0.9', false], ['3.2.0', false], ['2.5.12', false]];
  for (const [version, answer] of table) {
    it(`${answer ? 'takes' : 'refuses'} Fabric ${version}`, () => expect(fits(FABRIC_RELEASE, version)).to.equal(answer));
  }

  it('tells 1.5.9 from 1.5.21', () => expect(fits(FABRIC_CA_RELEASE, '1.5.9')).to.equal(false));

  describe('on a machine', () => {
    let folder: string;
    let config: Config;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'tallystick-binaries-'));
      config = { ...readConfig({}), searchPath: [], cacheFolder: join(folder, 'cache') };
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const give = (program: Program, version: string): void =>
      writeFileSync(join(folder, program), `#!/bin/sh\necho "${program}:"\necho " Version: v${version}"\n`, { mode: 0o755 });

    it('takes what FABRIC_BIN has of the right version', async () => {
      give('peer', '3.1.5');
      const found = await findPrograms({ ...config, fabricBin: folder }, () => undefined);
      expect(found.get('peer')).to.deep.equal({ path: join(folder, 'peer'), from: 'FABRIC_BIN', version: '3.1.5' });
      expect(found.has('orderer')).to.equal(false);
    });

    it('says why it does not take what FABRIC_BIN has', async () => {
      give('peer', '2.5.0');
      const lines: string[] = [];
      const found = await findPrograms({ ...config, fabricBin: folder }, (line) => lines.push(line));
      expect(found.has('peer')).to.equal(false);
      expect(lines.find((line) => line.includes('peer 2.5.0'))).to.include('3.1.1 or newer of its line is needed');
    });

    it('judges osnadmin, which cannot say its version, by the peer beside it', async () => {
      give('peer', '3.1.1');
      give('osnadmin', '0.0.0');
      const found = await findPrograms({ ...config, searchPath: [folder] }, () => undefined);
      expect(found.get('osnadmin')).to.deep.equal({ path: join(folder, 'osnadmin'), from: 'PATH', version: '3.1.1' });
    });
  });
});
