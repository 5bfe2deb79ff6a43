import { Contract } from 'fabric-contract-api';
import { ConsortiumContract } from './contracts/consortium-contract.ts';
import { InstructionContract } from './contracts/instruction-contract.ts';
import { QueryContract } from './contracts/query-contract.ts';
import { rememberBatchLimits } from './ledger/peer-batching.ts';

rememberBatchLimits();

/** Fabric sends a transaction without a contract's name to the first contract. There is nothing here to call: a transaction has one name. */
class NamelessContract extends Contract {
  constructor() {
    super('nameless');
  }
}

/** What Fabric's chaincode server looks for. */
export const contracts = [NamelessContract, InstructionContract, ConsortiumContract, QueryContract];
