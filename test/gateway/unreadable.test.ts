import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { newServer } from '../../gateway-api/src/http/server.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { ROUTES } from '../../gateway-api/src/routes/all.ts';
import { openTestGateway, type TestGateway } from './test-gateway.ts';

const HEAD = 'POST /instructions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/jose\r\n';

describe('what hardly becomes a request', () => {
  let gateway: TestGateway;
  let server: Server;
  let answers: readonly Promise<string>[];

  before(async () => {
    gateway = await openTestGateway();
    server = newServer(gateway.gateway, ROUTES, silentLog);
    server.headersTimeout = 200;
    server.requestTimeout = 200;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // At once: a server looks for what is late every five seconds.
    answers = unreadable.map(([, sent]) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(sent));
      return text(socket);
    });
  });

  after(async () => {
    server.close();
    await gateway.close();
  });

  const unreadable: readonly (readonly [string, string, number, string])[] = [
    ['a body that does not come', `${HEAD}Content-Length: 100\r\n\r\nabc`, 408, 'REQUEST_TIMEOUT'],
    ['a head that does not come', HEAD, 408, 'REQUEST_TIMEOUT'],
    ['a head without end', `${HEAD}X: ${'a'.repeat(40_000)}\r\n\r\n`, 431, 'HEAD_TOO_LARGE'],
    ['no HTTP', 'HELO gateway\r\n\r\n', 400, 'REQUEST_MALFORMED'],
    ['chunks that are none', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, 'REQUEST_MALFORMED'],
    ['no host', 'GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n', 404, 'NOT_FOUND'],
    ['an expectation that nobody knows', 'GET /nowhere HTTP/1.1\r\nHost: gateway\r\nExpect: wonders\r\nConnection: close\r\n\r\n', 404, 'NOT_FOUND'],
  ];
  unreadable.forEach(([what, , status, code], number) => {
    it(`${what}: ${code}, as a problem, and the connection ends`, async () => {
      const [head = '', body = ''] = (await answers[number])?.split('\r\n\r\n') ?? [];
      const [line, ...headers] = head.split('\r\n');
      expect(line).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      const [type, length] = ['Content-Type: application/problem+json; charset=utf-8', `Content-Length: ${body.length}`];
      expect(headers.map((header) => header.toLowerCase())).to.include.members([type, length, 'Connection: close'].map((header) => header.toLowerCase()));
      expect(JSON.parse(body)).to.include({ status, code });
    });
  });
});
