import { ConsortiumContract } from './contracts/consortium-contract.ts';
import { InstructionContract } from './contracts/instruction-contract.ts';
import { NamelessContract } from './contracts/nameless-contract.ts';
import { QueryContract } from './contracts/query-contract.ts';
import { rememberBatchLimits } from './ledger/peer-batching.ts';

rememberBatchLimits();

/** What Fabric's chaincode server looks for. */
export const contracts = [NamelessContract, InstructionContract, ConsortiumContract, QueryContract];
