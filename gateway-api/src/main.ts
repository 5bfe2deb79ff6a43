import type { Server } from 'node:http';
import { ConfigError, readConfig, readStart } from './config.ts';
import { openGateway } from './gateway.ts';
import { newMetricsServer } from './http/metrics-server.ts';
import { newServer } from './http/server.ts';
import { DataVersionError } from './index/schema.ts';
import { newLog, type Log } from './log.ts';
import { ROUTES } from './routes/all.ts';
import { pause } from './wait.ts';

/** Requests in flight get this long to end. */
const GRACE_MS = 4_000;

function main(): void {
  const start = readStart();
  const config = readConfig(start.configFile);
  const log = newLog(start.logLevel, config.organizationId);
  const gateway = openGateway(config, { rebuild: start.rebuild, log });
  const server = newServer(gateway, ROUTES, log, config.http.trustedProxies);
  listen(server, config.http, log);
  if (config.operations !== undefined) listen(newMetricsServer(gateway.metrics, log), config.operations, log);

  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, 'gateway is stopping');
    gateway.stopping();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await Promise.race([closed, pause(GRACE_MS)]);
    gateway.close();
    process.exit(0);
  };
  process.once('SIGTERM', (signal) => void stop(signal));
  process.once('SIGINT', (signal) => void stop(signal));
}

function listen(server: Server, at: { readonly host: string; readonly port: number }, log: Log): void {
  server.on('error', (error) => {
    log.error({ ...at, reason: error.message }, 'cannot listen');
    process.exit(1);
  });
  server.listen(at.port, at.host, () => log.info({ ...at }, 'gateway is listening'));
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof DataVersionError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
