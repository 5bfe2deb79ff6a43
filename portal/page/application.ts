import { applyForAccount, createKey, createSalt, DOCUMENT_TYPES, holderDigest, MAX_DOCUMENT_BYTES, requestCertificate, submitDocument, TallyClient, uuidv7, type DocumentType, type RegistrationTicket } from '@tallystick/client';
import { changeVault, keepNew, type Role, type Vault } from './vault.ts';

/** The gateway that serves the page is the one it talks to. */
export const GATEWAY = { gateway: location.origin };

interface Wish {
  readonly role: Role;
  readonly holder: string;
  readonly document: File | undefined;
}

/** Makes a key that stays in the browser, and keeps all that an application with it says before anything is sent. */
export async function prepare({ role, holder, document }: Wish): Promise<Vault> {
  if (document !== undefined) typeOf(document);
  const { ledger, organizationId } = await new TallyClient(GATEWAY).readiness();
  const key = await createKey({ extractable: false });
  return keepNew({ account: `${uuidv7()}@${organizationId}`, ledger, key, role, holder, salt: createSalt(), secret: createSalt(), document });
}

/** The same application, however often it is sent. */
export async function apply({ account, ledger, key, role, holder, salt, secret }: Vault): Promise<RegistrationTicket> {
  const request = await requestCertificate(key, { ledger, holder: account });
  const { id } = await applyForAccount(GATEWAY, { account, roles: [role], holder: await holderDigest(holder, salt), secret, ...request });
  const ticket = { id, secret };
  await changeVault(account, () => ({ ticket }));
  return ticket;
}

export async function handIn(ticket: RegistrationTicket, document: File): Promise<void> {
  await submitDocument(GATEWAY, ticket, { type: typeOf(document), content: new Uint8Array(await document.arrayBuffer()) });
}

/** @throws Error unless the gateway would look at it */
function typeOf({ type, size }: File): DocumentType {
  const known = DOCUMENT_TYPES.find((one) => one === type);
  if (known === undefined || size > MAX_DOCUMENT_BYTES) throw new Error(`The document must be a PDF, PNG or JPEG of at most ${MAX_DOCUMENT_BYTES / 1024 ** 2} MiB. Nothing was sent.`);
  return known;
}
