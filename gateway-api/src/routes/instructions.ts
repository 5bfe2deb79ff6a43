import { instantSchema, instructionIdSchema, signerIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import { assertMayRead } from '../http/entitlement.ts';
import { problem, problemSchema } from '../http/problem.ts';
import { fullReceiptOf, receiptSchema } from '../http/receipt.ts';
import { BULK_LIMIT, instructionRoute, jsonRoute, readerRoute, type Asked, type Reply } from '../http/route.ts';
import type { Promised } from '../sequencer/backlog.ts';
import type { InstructionStatus } from '../sequencer/intake.ts';
import { FORWARDED } from '../sequencer/forwarder.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, isAsync, notRecorded, outcomeName, outcomeOf, refusalOf, replyTo, submitted, wasteOf, type AcceptedReply, type InstructionReply } from './instruction-reply.ts';
import { listOf, minBlockQuery, pageQuery, readOne, readReceipts, reading } from './listing.ts';

/** What one of a bulk is answered that is not waited for: accepted, unless it has an outcome already. */
type Acceptance = InstructionReply | AcceptedReply;

const MAX_BULK = 500;
const READ_AT_ONCE = 32;
/** To the rest of a bulk whose sender has wasted too much. */
const NO_MORE = notRecorded(problem('TOO_MANY_REQUESTS'));

export const submitInstruction = instructionRoute({
  method: 'post',
  path: '/instructions',
  tag: 'instructions',
  summary: 'Submit a signed instruction',
  description: 'Answers once it is in a block and in this gateway’s index. The signature is the authentication. Sending it again, here or at another gateway, gives the same outcome.',
  replies: INSTRUCTION_REPLIES,
  errors: INSTRUCTION_PROBLEMS,
  handle: (gateway, { body, header }) => submitted(gateway, body, header('prefer')),
});

const repeatSchema = z.literal(true).meta({ description: 'It was sent before, perhaps in this bulk: what `Idempotency-Hit` says of one that comes alone' });
const outcomeSchema = z.object({ status: z.int(), repeat: repeatSchema.optional(), receipt: receiptSchema.optional(), problem: problemSchema.optional() });

export const submitBulk = jsonRoute({
  method: 'post',
  path: '/instructions/bulk',
  tag: 'instructions',
  access: 'public',
  summary: 'Submit up to 500 signed instructions',
  description: 'Each has its own outcome, in the order given; the order of each signer’s instructions is kept. With `Prefer: respond-async` each is accepted (202) or refused at once; what is recorded already has its outcome.',
  json: z.strictObject({ instructions: z.array(z.string()).min(1).max(MAX_BULK) }),
  limit: BULK_LIMIT,
  replies: { 200: { description: 'An outcome for each', schema: z.object({ outcomes: z.array(outcomeSchema) }) } },
  handle: async (gateway, { body: { instructions }, header, wasted, isOver }) => {
    if (isAsync(header('prefer'))) return bulkReply(gateway, await acceptInParts(gateway, instructions, { wasted, isOver }));
    const arrival = { isForwarded: header(FORWARDED) !== undefined, turnedAway: new Set<string>() };
    const counted = async (jws: string): Promise<InstructionReply> => {
      const reply = await outcomeOf(gateway, jws, undefined, arrival);
      const waste = wasteOf(reply);
      if (waste > 0) wasted(waste);
      return reply;
    };
    const replies: Promise<InstructionReply>[] = [];
    for (const jws of instructions) {
      // So that one bulk does not keep everybody else waiting while it is read.
      if (replies.length % READ_AT_ONCE === READ_AT_ONCE - 1) await new Promise(setImmediate);
      replies.push(isOver() ? Promise.resolve(NO_MORE) : counted(jws));
    }
    return bulkReply(gateway, await Promise.all(replies));
  },
});

/** Says when to come back with what there was no room for. */
function bulkReply({ metrics }: Gateway, replies: readonly (InstructionReply | Acceptance)[]): Reply {
  for (const reply of replies) metrics.told(outcomeName(reply));
  const headers = replies.some(({ status }) => status === 429) ? { 'retry-after': '1' } : {};
  return { status: 200, headers, body: { outcomes: replies.map(({ repeat, ...outcome }) => (repeat ? { ...outcome, repeat } : outcome)) } };
}

/** A part at a time, each on disk before the next is read. When there was no room for all of a part, the rest is not read. */
async function acceptInParts(gateway: Gateway, instructions: readonly string[], { wasted, isOver }: Pick<Asked<never, never, never>, 'wasted' | 'isOver'>): Promise<readonly Acceptance[]> {
  const outcomes: Acceptance[] = [];
  const turnedAway = new Set<string>();
  while (outcomes.length < instructions.length) {
    const part = instructions.slice(outcomes.length, outcomes.length + READ_AT_ONCE);
    const taken = isOver() ? [] : gateway.backlog.acceptAll(part, turnedAway).map((each) => acceptance(gateway, each));
    const waste = taken.reduce((sum, each) => sum + wasteOf(each), 0);
    if (waste > 0) wasted(waste);
    outcomes.push(...taken);
    if (taken.every(({ status }) => status === 429)) return [...outcomes, ...instructions.slice(outcomes.length).map(() => NO_MORE)];
    await new Promise(setImmediate);
  }
  return outcomes;
}

const statusSchema = z.object({
  status: z.enum(['pending', 'applied', 'refused', 'unknown', 'can-never-apply']),
  receipt: receiptSchema.optional(),
  lastAnswer: problemSchema.optional().meta({ description: 'With `unknown`: what this gateway was last told. It is not recorded and not an outcome' }),
});

export const getInstruction = readerRoute({
  method: 'get',
  path: '/instructions/{id}',
  tag: 'instructions',
  summary: 'Where an instruction is',
  description:
    '`can-never-apply`: the ledger clock is past its deadline and nothing is recorded; only then is it safe to sign anew. Without `expiresAt` the longest lifetime counts. `unknown` is not a refusal, also with a `lastAnswer`: it may be on its way through another gateway.',
  params: z.strictObject({ id: instructionIdSchema }),
  query: z.strictObject({ signer: signerIdSchema, expiresAt: instantSchema.optional(), ...minBlockQuery }),
  replies: { 200: { description: 'Its state', schema: reading(statusSchema) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }, reader) => {
    assertMayRead(reader, query.signer);
    return readOne(gateway, query, () => told(gateway, gateway.intake.status(params.id, query.signer, query.expiresAt)));
  },
});

export const listInstructions = readerRoute({
  method: 'get',
  path: '/instructions',
  tag: 'instructions',
  summary: 'Instructions of a signer, newest first',
  query: z.strictObject({ signer: signerIdSchema, type: z.string().max(60).optional(), ...pageQuery }),
  replies: { 200: { description: 'A page of receipts', schema: listOf(receiptSchema) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { query }, reader) => {
    assertMayRead(reader, query.signer);
    return readReceipts(gateway, query, (page) => gateway.index.instructions.list(query, page));
  },
});

function told({ index }: Gateway, state: InstructionStatus): object {
  if ('instruction' in state) return { status: state.status, receipt: fullReceiptOf(state.instruction, index) };
  return 'lastAnswer' in state ? { status: state.status, lastAnswer: problem(state.lastAnswer.code, state.lastAnswer.figures) } : state;
}

/** @param taken what kept an instruction from being accepted, or that it is */
function acceptance(gateway: Gateway, taken: Error | Promised): Acceptance {
  if (taken instanceof Error) return notRecorded(refusalOf(gateway, taken));
  const { repeat, recorded } = taken;
  return recorded === undefined ? { status: 202, repeat } : replyTo(gateway, { kind: 'recorded', repeat, instruction: recorded });
}
