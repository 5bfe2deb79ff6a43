/** What a gateway needs: to write a batch, and to read every key and every record of the world state, and every outcome, as objects of the domain. */
export { isBatchEvent, readOutcomes, type BatchEvent } from './batch-event.ts';
export { MAX_BATCH, packBatch, type IncomingHints } from './packed-batch.ts';
export { parseStateKey, stateKey, type StateKey } from './keys.ts';
export { decodeRecord, toJson } from './records.ts';
