import { Contract, type Context } from 'fabric-contract-api';
import { nodeCrypto } from '../crypto/index.ts';
import { LedgerError } from '../domain/error.ts';
import { formatInstant } from '../domain/time.ts';
import { applyBatch } from '../ledger/batch.ts';
import { batchEvent } from '../ledger/batch-event.ts';
import { unpackText } from '../ledger/packed-batch.ts';
import { assertNotSkewed, transact } from './transaction.ts';

/** Everything that changes the ledger once it is founded. */
export class InstructionContract extends Contract {
  constructor() {
    super('instruction');
  }

  /**
   * Applies a batch of signed instructions, an outcome for each. Its one argument is the batch, packed; it is no parameter,
   * since Fabric would make a string of it. Recorded outcomes stand in the transaction's event,
   * the others in its result; where nothing is recorded there is neither write nor event.
   */
  apply(context: Context): Promise<string> {
    return transact(context, async ({ state, given: [packed, ...more], submitter, now, emit }) => {
      assertNotSkewed(now);
      if (packed === undefined || more.length > 0) throw new LedgerError('BATCH_MALFORMED');
      const { rules, outcomes, answers } = await applyBatch(state, nodeCrypto, { submitter, now }, unpackText(packed));
      if (outcomes.length > 0) emit(batchEvent({ now, rules, outcomes }));
      return { answers: answers.map((answer) => ('repeat' in answer ? { ...answer, repeat: { ...answer.repeat, bookedAt: formatInstant(answer.repeat.bookedAt) } } : answer)) };
    });
  }
}
