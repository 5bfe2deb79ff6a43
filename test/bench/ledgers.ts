import { readConfig } from '../../gateway-api/src/config.ts';
import { openChain, type BlockReader } from '../../gateway-api/src/fabric/chain.ts';
import type { BatchLedger } from '../../gateway-api/src/fabric/ledger-client.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import type { Ground } from './provision.ts';

/** The gateways' own way to the ledger, without what is above it: each organization's client, reading blocks into nothing. */
export function openLedgers({ members }: Ground): { readonly clients: readonly BatchLedger[]; readonly close: () => void } {
  const chains = members.map(({ gateway }) => {
    let next = 0;
    const reader: BlockReader = { nextBlock: () => next, read: ({ number }) => void (next = number + 1) };
    return openChain(readConfig(gateway.config), reader, silentLog);
  });
  return { clients: chains.map(({ client }) => client), close: () => chains.forEach(({ close }) => close()) };
}
