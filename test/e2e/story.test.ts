import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TallyClient } from '../../client/src/index.ts';
import { narrator } from '../../start/narrator.ts';
import { Stage } from '../../start/stage.ts';
import { playStory } from '../../start/story.ts';
import { openConsortium } from '../support/consortium.ts';

describe('the story of npm start', function () {
  this.timeout(300_000);

  it('asserts every sentence, and leaves an open bill that both sides see', async () => {
    const { network } = await openConsortium();
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-story-'));
    const lines: string[] = [];
    try {
      const { enterprise, merchant, bill } = await playStory(new Stage(network.describe().organizations, folder, narrator((line) => lines.push(line))));
      for (const { signer, home } of [enterprise, merchant]) {
        expect(await new TallyClient({ gateway: home.gateway.url, signer }).bill(bill.id)).to.include({ state: 'open', outstanding: bill.amount.toString() });
      }
      expect(lines.filter((line) => line.startsWith('   = '))).to.have.length.above(25);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
