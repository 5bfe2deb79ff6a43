import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { identityOf } from '../../network/src/processes/identity.ts';
import { isListening } from '../../network/src/processes/probe.ts';

/** Has threads at work and much memory to give back, so that its first thread ends before the others. */
const SERVER = `
  const memory = Array.from({ length: 60 }, () => Buffer.alloc(8e6, 1));
  for (let thread = 0; thread < 8; thread++) require('node:crypto').pbkdf2('a', 'b', 1e7, 64, 'sha512', () => memory);
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

describe('the identity of a process', () => {
  it('ends only when its ports are free', async () => {
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [port] = await once(createInterface(child.stdout), 'line') as [string];
      child.kill('SIGKILL');
      while (identityOf(child.pid ?? 0) !== undefined) await turn();
      expect(await isListening(Number(port))).to.equal(false);
    }
  }).timeout(60_000);
});
