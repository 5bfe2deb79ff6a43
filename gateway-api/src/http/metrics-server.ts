import { createServer, type Server } from 'node:http';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/**
 * Answers `GET /metrics` and nothing else; not listening yet. It has a port of its own, since figures are for who operates the gateway:
 * the API's port is for everybody, and a proxy before it makes all its clients look alike.
 */
export function newMetricsServer(metrics: Pick<Metrics, 'contentType' | 'text'>, log: Log): Server {
  return createServer(({ method, url }, response) => {
    if (method !== 'GET' || url?.split('?')[0] !== '/metrics') return void response.writeHead(404).end();
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text),
      (error: unknown) => {
        log.error({ error }, 'the figures cannot be told');
        response.writeHead(500).end();
      },
    );
  });
}
