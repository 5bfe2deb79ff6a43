import { expect } from 'chai';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { keyHash, type InstructionRecord } from '../../chaincode/src/domain/index.ts';
import { stateKey } from '../../chaincode/src/ledger/keys.ts';
import { decodeRecord } from '../../chaincode/src/ledger/records.ts';
import type { World } from './world.ts';

type State = Pick<World, 'state'>;
type Records = readonly { readonly id: string; readonly record: InstructionRecord }[];

/** Who may act for an account: keys are its own and stay within their caps; recoveries and links are what the accounts say. */
export function assertIdentity({ state }: State, records: Records): void {
  const recoveries = new Map(records.flatMap(({ id, record: { recovery } }) => (recovery === undefined ? [] : [[id, recovery]])));
  const links = new Map(records.flatMap(({ id, record: { link } }) => (link?.state === 'linked' ? [[id, link]] : [])));
  let linked = 0;
  for (const [name, bytes] of state.entries) {
    const [kind, id = '', thumbprint = '', token = ''] = name.split('/');
    if (kind === 'a') assertAccount(state, id, recoveries);
    if (kind === 'o') for (const { keys } of decodeRecord('organization', [id], bytes).officers) expect(keys.every(({ status }) => status === 'active'), `keys of officers of ${id}`).to.equal(true);
    if (kind === 'n') {
      expect(decodeRecord('certificate', [thumbprint], state.entries.get(stateKey('certificate', thumbprint)) ?? new Uint8Array()).holder, `whose key has spent ${token}`).to.equal(id);
      expect(decodeRecord('spending', [id, thumbprint, token], bytes).amount > 0n, `spent by ${name}`).to.equal(true);
    }
    if (kind !== 'h') continue;
    for (const [other, link] of Object.entries(decodeRecord('holderLinks', [id], bytes).links)) {
      const { proposer, account } = links.get(link) ?? {};
      expect([proposer, account], `link ${link} at ${id}`).to.have.members([id, other]);
      linked++;
    }
  }
  expect(linked, 'each link stands at both accounts').to.equal(2 * links.size);
}

function assertAccount(state: State['state'], id: string, recoveries: ReadonlyMap<string, NonNullable<InstructionRecord['recovery']>>): void {
  const account = decodeRecord('account', [id], state.entries.get(stateKey('account', id)) ?? new Uint8Array());
  const live = [...recoveries].filter(([, recovery]) => recovery.account === id && (recovery.state === 'proposed' || recovery.state === 'confirmed')).map(([name]) => name);
  expect(live, `live recoveries of ${id}`).to.deep.equal(account.recovery === undefined ? [] : [account.recovery]);
  for (const { thumbprint, publicKey, status } of account.keys) {
    expect(status, `a key of ${id}`).to.equal('active');
    const holder = state.entries.get(stateKey('keyHolder', keyHash(nodeCrypto, publicKey)));
    const certificate = state.entries.get(stateKey('certificate', thumbprint));
    expect(holder === undefined ? undefined : decodeRecord('keyHolder', [], holder), `holder of a key of ${id}`).to.equal(id);
    expect(certificate === undefined ? undefined : decodeRecord('certificate', [thumbprint], certificate).holder, `holder of certificate ${thumbprint}`).to.equal(id);
  }
}
