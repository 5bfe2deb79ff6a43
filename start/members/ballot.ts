import { readFileSync } from 'node:fs';
import { createSigner, importKey, propose, TallyClient, TallyError, vote, type Proposal } from '@tallystick/client';
import type { MemberDescription } from '@tallystick/network';
import type { PropositionChange } from './entry.ts';

type Say = (line: string) => void;

/** How long a proposal made here waits for votes. */
const OPEN_MS = 7 * 24 * 3600_000;
/** A vote may already be given, by the same hand or another: what counts is that the proposal is decided. */
const SETTLED = ['PROPOSAL_VOTED', 'PROPOSAL_STATE', 'ORGANIZATION_SUSPENDED', 'ORGANIZATION_REMOVED'];

/** Each member's administrator at its own gateway. */
export async function administratorsOf(members: readonly MemberDescription[]): Promise<readonly TallyClient[]> {
  return Promise.all(members.map(async ({ organizationId, gateway, officers: { administrator } }) => {
    const key = await importKey(readFileSync(administrator.privateKey, 'utf8'));
    const signer = await createSigner({ id: `administrator@${organizationId}`, key, certificate: readFileSync(administrator.certificate, 'utf8') });
    return new TallyClient({ gateway: gateway.url, signer });
  }));
}

/**
 * The first proposes, then one after the other votes until the members have decided. A proposal left open by an earlier try is gone on with.
 * @throws TallyError the refusal of the proposal or of the vote that decides
 */
export async function decideBy([first, ...others]: readonly TallyClient[], change: PropositionChange, say: Say): Promise<void> {
  if (first === undefined) throw new Error('nobody can propose');
  const { proposal, block } = await proposed(first, change, say);
  let state = await stateOf(first, proposal, block);
  for (const administrator of others) {
    if (state !== 'open') break;
    state = await stateOf(first, proposal, await voted(administrator, proposal, say));
  }
  if (state !== 'adopted') throw new Error(`the members did not adopt ${proposal}: it is ${state}`);
}

async function proposed(client: TallyClient, change: PropositionChange, say: Say): Promise<{ readonly proposal: string; readonly block: number }> {
  try {
    const { receipt } = await client.send(propose, { change, closesAt: new Date(Date.now() + OPEN_MS).toISOString() });
    say(`${receipt.signer} proposes: ${change.kind}`);
    return { proposal: `${receipt.id}.${receipt.signer}`, block: receipt.record.block };
  } catch (error) {
    const open = error instanceof TallyError && error.code === 'PROPOSAL_OPEN' ? error.figures?.['proposal'] : undefined;
    if (open === undefined) throw error;
    return { proposal: open, block: 0 };
  }
}

/** Answers the block up to which one must look. */
async function voted(client: TallyClient, proposal: string, say: Say): Promise<number> {
  try {
    const { receipt } = await client.send(vote, { proposal, approve: true });
    say(`${receipt.signer} approves, block ${receipt.record.block}`);
    return receipt.record.block;
  } catch (error) {
    if (!(error instanceof TallyError && SETTLED.includes(error.code))) throw error;
    return (await client.readiness()).asOfBlock;
  }
}

/** As it is at a block: the proposer's gateway may be a moment behind the voter's. */
async function stateOf(client: TallyClient, proposal: string, minBlock: number): Promise<Proposal['state']> {
  return (await client.proposal(proposal, { minBlock })).state;
}
