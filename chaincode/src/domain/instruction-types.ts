import { close, freeze, register, unfreeze } from './account.ts';
import { renewCertificate, revokeCertificate } from './holder.ts';
import type { InstructionType } from './instruction-type.ts';
import { pay, refund } from './payment.ts';
import { define, issue, pause, resume } from './token.ts';

const ALL = [register, freeze, unfreeze, close, renewCertificate, revokeCertificate, define, issue, pause, resume, pay, refund];

/** Every instruction this ledger knows, by type and version. */
export const INSTRUCTION_TYPES: ReadonlyMap<string, InstructionType> = new Map(
  // A body reaches `decide` only through the same entry's schema, so forgetting its type here is safe.
  ALL.map((type) => [type.type, type as unknown as InstructionType]),
);
