import { fromBase64 } from '@tallystick/chaincode/domain';
import {
  applyForAccount,
  approveRegistration,
  createKey,
  createSalt,
  createSigner,
  holderDigest,
  registration,
  requestCertificate,
  toPem,
  uuidv7,
} from '@tallystick/client';
import { claim } from '../claim.ts';
import { shorten } from '../narrator.ts';
import type { Player, Stage, System } from '../stage.ts';

/** An applicant asks, its business system decides and signs, the ledger checks and records, the result comes back. */
export async function registerAccount(stage: Stage, home: System, role: Player['role'], walletName: string = role): Promise<Player> {
  const { say, result, listen } = stage.narrator;
  const { organizationId } = home;
  const registrar = await stage.officer('registrar', home);
  const { ledger } = await registrar.readiness();
  const applicant = { gateway: home.gateway.url, observe: listen(organizationId) };

  say(`The ${role} makes a key and applies to ${organizationId}.`);
  const key = await createKey();
  const account = `${uuidv7()}@${organizationId}`;
  const salt = createSalt();
  const request = await requestCertificate(key, { ledger, holder: account });
  const ticket = await applyForAccount(applicant, { account, roles: [role === 'treasury' ? 'enterprise' : role], holder: await holderDigest(account, salt), ...request });

  say(`The registrar of ${organizationId} has the key certified and signs the decision; the ledger records it.`);
  const { receipt } = await approveRegistration(registrar, ticket.id);
  claim('what became of the registration', receipt.status, 'applied');

  say(`The ${role} fetches certificate and receipt.`);
  const { state, certificate = '' } = await registration(applicant, ticket);
  claim('state of the registration', state, 'registered');
  const pem = toPem('CERTIFICATE', fromBase64(certificate));
  const signer = await createSigner({ id: account, key, certificate: pem });

  const wallet = stage.newWallet(walletName);
  await wallet.saveKey(key);
  wallet.saveCertificate(pem);
  wallet.change({ gateway: home.gateway.url, ledger, signer: account, registration: ticket, salt });
  result(`${role} ${shorten(account)} is registered: block ${receipt.record.block}, transaction ${receipt.record.transaction.slice(0, 12)}`);
  return { role, account, home, key, signer, wallet };
}
