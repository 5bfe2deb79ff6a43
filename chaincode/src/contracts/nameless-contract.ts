import { Contract } from 'fabric-contract-api';

/** Fabric sends a transaction without a contract's name to the first contract. There is nothing here to call: a transaction has one name. */
export class NamelessContract extends Contract {
  constructor() {
    super('nameless');
  }
}
