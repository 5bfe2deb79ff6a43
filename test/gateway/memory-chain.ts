import { packBatch } from '../../chaincode/src/ledger/packed-batch.ts';
import { refusalIn } from '../../gateway-api/src/fabric/failure.ts';
import type { LedgerBlock } from '../../gateway-api/src/fabric/block.ts';
import type { BlockReader } from '../../gateway-api/src/fabric/chain.ts';
import type { Answer, Applied, Batch, BatchLedger } from '../../gateway-api/src/fabric/ledger-client.ts';
import { issueLeaf, makeKeys, toDer, type Authority } from '../support/certificates.ts';
import { memoryPeer, type Simulated } from '../support/memory-peer.ts';
import { creatorOf, type Creator } from '../support/proposal.ts';
import { signApplication, signerOf, uuidAt, type Signer } from '../support/signer.ts';
import { makeFounding, ORGANIZATIONS } from '../support/world.ts';

const OFFICERS = ['administrator', 'registrar', 'issuer', 'auditor', 'credit-officer', 'financial-operator'] as const;

/**
 * The real contracts behind a peer in memory, and the blocks their transactions make: all that is missing is Fabric.
 * Transactions run one after the other.
 */
export interface MemoryChain extends BatchLedger {
  readonly officers: Readonly<Record<string, Signer>>;
  readonly authorities: Readonly<Record<string, Authority>>;
  readonly blocks: readonly LedgerBlock[];
  readonly batches: readonly Batch[];
  /** Reads all blocks there are, and each new one. */
  readonly attach: (reader: BlockReader) => void;
  /** What the next calls of `apply` answer, or throw, instead of reaching the ledger. */
  readonly failNext: (...failures: readonly (Applied | Error)[]) => void;
}

export async function memoryChain(): Promise<MemoryChain> {
  const peer = memoryPeer();
  const { document, officers, authorities } = await makeFounding(OFFICERS);
  const blocks: LedgerBlock[] = [];
  const readers: BlockReader[] = [];
  const batches: Batch[] = [];
  const failures: (Applied | Error)[] = [];
  const gateway = await creatorOf('NorthPay', 'client');
  let last: Promise<unknown> = Promise.resolve();

  const commit = (name: string, argument: string | Uint8Array | undefined, { event, writes: written }: Simulated, creator: Creator): number => {
    const number = blocks.length;
    const writes = [...written].map(([key, value]) => ({ key, value: value === undefined ? undefined : Buffer.from(value) }));
    const call = { submitter: creator.mspId, time: new Date().toISOString(), name, arguments: argument === undefined ? [] : [Buffer.from(argument)], event: event?.payload, writes };
    const block = { number, dataHash: `hash ${number}`, transactions: [{ transactionId: `tx ${number}`, block: number, position: 0, validation: 'VALID', call }] };
    blocks.push(block);
    for (const reader of readers) reader.read(block);
    return number;
  };
  const run = async (name: string, argument: string | Uint8Array | undefined, creator: Creator): Promise<Applied> => {
    const simulated = await peer.submit({ name, ...(argument === undefined ? {} : { arguments: [argument] }), creator });
    if (simulated.status >= 400) {
      const refusal = refusalIn(simulated.message);
      if (refusal === undefined) throw new Error(simulated.message);
      return { kind: 'refused', refusal };
    }
    const answers = (simulated.result as { readonly answers?: readonly Answer[] }).answers ?? [];
    if (simulated.event === undefined) return { kind: 'answered', answers };
    return { kind: 'committed', block: commit(name, argument, simulated, creator), answers };
  };
  const inTurn = (next: () => Promise<Applied>): Promise<Applied> => {
    const result = last.then(next);
    last = result.catch(() => undefined);
    return result;
  };

  for (const organization of ORGANIZATIONS) await run('consortium:found', document, await creatorOf(organization, 'admin'));
  return {
    officers,
    authorities,
    blocks,
    batches,
    attach: (reader) => {
      for (const block of blocks) reader.read(block);
      readers.push(reader);
    },
    failNext: (...next) => void failures.push(...next),
    apply: (batch) =>
      inTurn(async () => {
        batches.push(batch);
        const { instructions, lane, incoming } = batch;
        const failure = failures.shift();
        if (failure instanceof Error) throw failure;
        return failure ?? run('instruction:apply', packBatch({ instructions, lane, incoming }), gateway);
      }),
    tick: () => inTurn(() => run('consortium:tick', undefined, gateway)),
  };
}

/** Body of an `account.register/1` and the signer that results. */
export async function newApplicant({ authorities }: MemoryChain, organization: string, roles: readonly string[] = ['person']) {
  const authority = authorities[organization];
  if (authority === undefined) throw new Error(`no authority of ${organization}`);
  const keys = await makeKeys();
  const leaf = await issueLeaf(authority, keys.publicKey);
  const at = Date.now();
  const account = `${uuidAt(at)}@${organization}`;
  const certificate = toDer(leaf);
  const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), account, at);
  return { signer: signerOf(account, keys, certificate), body: { account, roles, holder: 'A'.repeat(43), certificate, application } };
}
