import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openNetwork } from '../../network/src/index.ts';
import { writeFile } from '../../network/src/files.ts';
import { clear } from './own-network.ts';

describe('network of the bench', () => {
  const stateRoot = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
  const network = openNetwork({ name: 'somebodys', stateRoot, basePort: 29_600 });
  const { state, manifest } = network.paths;
  const held = { name: 'somebodys', basePort: 29_600, profile: 'single' };
  after(() => rmSync(stateRoot, { recursive: true }));

  it('is never one that somebody else has made', async () => {
    writeFile(manifest, JSON.stringify(held));
    const refusal = await clear(network).then(() => undefined, (error: unknown) => String(error));
    expect(refusal).to.include('network somebodys exists, and the bench has not made it');
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).to.deep.equal(held);
  });

  it('is cleared where the bench has made it', async () => {
    rmSync(state, { recursive: true });
    await clear(network);
    writeFile(manifest, JSON.stringify(held));
    await clear(network);
    expect(existsSync(manifest)).to.equal(false);
  });
});
