import { appendFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { remove } from '../files.ts';
import { identityOf } from './identity.ts';
import type { Request } from './protocol.ts';
import { writeRecords } from './records.ts';
import { supervisor } from './supervisor.ts';

/** Databases and keys that the processes make are for their owner alone. */
process.umask(0o077);

/** The supervisor's own process. Arguments: control socket, file of records, log. */
const [socketPath = '', recordsPath = '', logPath = ''] = process.argv.slice(2);

const TIDY_EVERY_MS = 60_000;

const say = (line: string): void => appendFileSync(logPath, `${new Date().toISOString()} ${line}\n`);
const self = identityOf(process.pid);
const keeper = supervisor({ say, record: (nodes) => writeRecords(recordsPath, { supervisor: self, nodes }) });

async function answer(socket: Socket, line: string): Promise<void> {
  const request = JSON.parse(line) as Request;
  const result = await keeper.handle(request);
  socket.write(`${JSON.stringify(result)}\n`);
  if (request.verb === 'shutdown') finish();
}

setInterval(() => keeper.tidy(), TIDY_EVERY_MS);

let finished = false;

function finish(): void {
  if (finished) return;
  finished = true;
  say('everything is stopped');
  server.close();
  remove(socketPath);
  remove(recordsPath);
  setTimeout(() => process.exit(0), 50);
}

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).on('line', (line) => void answer(socket, line).catch((error: unknown) => say(`request failed: ${String(error)}`)));
});

remove(socketPath);
writeRecords(recordsPath, { supervisor: self, nodes: {} });
server.listen(socketPath, () => say(`supervisor ${process.pid} is ready`));

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    if (!finished) void keeper.handle({ verb: 'shutdown' }).then(finish);
  });
}
process.on('SIGHUP', () => undefined);
process.on('uncaughtException', (error) => say(`unexpected: ${error.stack ?? error.message}`));
