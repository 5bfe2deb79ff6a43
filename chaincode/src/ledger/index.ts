/** What a reader of write sets needs: every key and every record of the world state, as objects of the domain. */
export { parseStateKey, type StateKey } from './keys.ts';
export { decodeRecord, toJson } from './records.ts';
