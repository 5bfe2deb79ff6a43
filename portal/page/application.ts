import { answerRequest, applyForAccount, createKey, createSalt, DOCUMENT_TYPES, holderDigest, requestCertificate, submitDocument, TallyClient, uuidv7, type Registration } from '@tallystick/client';
import { keep, type Vault } from './vault.ts';

/** The gateway that serves the page is the one it talks to. */
export const GATEWAY = { gateway: location.origin };

interface Wish {
  readonly role: 'person' | 'enterprise' | 'merchant';
  readonly holder: string;
  readonly document: File | undefined;
}

/** Makes a key that stays in the browser and applies for an account with it. */
export async function apply({ role, holder, document }: Wish): Promise<Vault> {
  const { ledger, organizationId } = await new TallyClient(GATEWAY).readiness();
  const key = await createKey({ extractable: false });
  const [account, salt] = [`${uuidv7()}@${organizationId}`, createSalt()];
  const request = await requestCertificate(key, { ledger, holder: account });
  const ticket = await applyForAccount(GATEWAY, { account, roles: [role], holder: await holderDigest(holder, salt), ...request });
  const vault = await keep({ account, ledger, key, salt, holder, ticket });
  if (document !== undefined) await handIn(vault, document);
  return vault;
}

/** The registrar wanted to see more. */
export async function answer(vault: Vault, document: File): Promise<Registration> {
  await handIn(vault, document);
  return answerRequest(GATEWAY, vault.ticket);
}

async function handIn({ ticket }: Vault, document: File): Promise<void> {
  const type = DOCUMENT_TYPES.find((one) => one === document.type);
  if (type === undefined) throw new Error('The document must be a PDF, PNG or JPEG.');
  await submitDocument(GATEWAY, ticket, { type, content: new Uint8Array(await document.arrayBuffer()) });
}
