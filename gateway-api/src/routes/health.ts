import { z } from 'zod';
import { publicRoute } from '../http/route.ts';

const readinessSchema = z
  .object({
    ready: z.boolean(),
    ledger: z.string(),
    organizationId: z.string(),
    height: z.int().meta({ description: 'Number of blocks of the own peer' }),
    asOfBlock: z.int().meta({ description: 'Last block in the index' }),
    clock: z.string().optional().meta({ description: 'The ledger clock' }),
    reasons: z.array(z.string()).meta({
      description: 'PEER_UNREACHABLE, PEER_BEHIND, CHAINCODE_UNAVAILABLE, LEDGER_NOT_FOUNDED, LEDGER_DIFFERS, INDEX_BEHIND, INDEX_STOPPED, CLOCK_STALE, STOPPING',
    }),
  })
  .meta({ id: 'Readiness' });

export const livez = publicRoute({
  method: 'get',
  path: '/livez',
  tag: 'health',
  summary: 'The process runs',
  replies: { 200: { description: 'It does', schema: z.object({ live: z.literal(true) }) } },
  handle: () => ({ status: 200, body: { live: true } }),
});

export const readyz = publicRoute({
  method: 'get',
  path: '/readyz',
  tag: 'health',
  summary: 'The gateway can do its work',
  description: 'Fails with reasons while the peer or chaincode does not answer, the chain stands still or the index is behind; it recovers by itself.',
  replies: { 200: { description: 'Ready', schema: readinessSchema }, 503: { description: 'Not ready', schema: readinessSchema } },
  handle: ({ readiness }) => {
    const now = readiness.now();
    return { status: now.ready ? 200 : 503, body: now };
  },
});
