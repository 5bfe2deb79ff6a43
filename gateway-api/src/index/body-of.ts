import type { InstructionType } from '@tallystick/chaincode/domain';

/** The body of a type of instruction. */
export type BodyOf<T> = T extends InstructionType<infer Body> ? Body : never;
