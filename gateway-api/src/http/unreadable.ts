import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WHOLE } from '@tallystick/chaincode/domain';
import { problem, type Problem } from './problem.ts';

/** What a request is that Node gives up before it is whole, by the code of its error. @returns undefined when nobody is there any more */
function problemIn(code: string | undefined): Problem | undefined {
  if (code === 'ECONNRESET' || code === 'EPIPE') return undefined;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problem('REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') return problem('HEAD_TOO_LARGE');
  return problem('REQUEST_MALFORMED', { member: WHOLE });
}

/**
 * Answers a request that never became one: it came too slowly, or is not HTTP. There is no response to write to; but an answer to an
 * earlier request of the connection is written all at once, so what is written here comes after it.
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  const told = problemIn(error.code);
  if (told === undefined || !socket.writable) return void socket.destroy();
  const body = JSON.stringify(told);
  const head = [`HTTP/1.1 ${told.status} ${STATUS_CODES[told.status]}`, 'Content-Type: application/problem+json; charset=utf-8', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'];
  socket.write([...head, '', body].join('\r\n'));
  if (socket instanceof Socket) socket.destroySoon();
  else socket.end();
}
