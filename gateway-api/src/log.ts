import { pino, type Logger } from 'pino';
import type { LogLevel } from './config.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** JSON lines on standard output. */
export function newLog(level: LogLevel, organizationId: string): Log {
  return pino({ level, base: { organizationId }, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: pino.stdSerializers.err } });
}

/** For tests. */
export const silentLog: Log = pino({ level: 'silent' });
