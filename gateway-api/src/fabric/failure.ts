import { GatewayError } from '@hyperledger/fabric-gateway';
import { ERRORS, isErrorCode, type Figures, type Refusal } from '@tallystick/chaincode/domain';

/** Why an endorsement failed, as far as the network tells. */
export type Failure =
  /** All endorsers' chaincode refused the whole call alike. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** All endorsers' chaincode failed alike, by no refusal of its own: it is the call, not the peers. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** They answered, and differently. */
  | { readonly kind: 'mismatch' }
  /** Somebody did not answer, or refused alone; those who are named. */
  | { readonly kind: 'unavailable'; readonly organizations: readonly string[]; readonly reason: string };

/** gRPC's number for a call that took longer than it was given. */
const DEADLINE_EXCEEDED = 4;
const MISMATCH = 'ProposalResponsePayloads do not match';
/** Not said of a peer that cannot run its chaincode. */
const CHAINCODE_ANSWERED = /\bchaincode response \d{3}\b/;
/** What an orderer says of an envelope that it will never take. */
const NEVER_ORDERED = /response from orderer: (?:status=)?(?:BAD_REQUEST|REQUEST_ENTITY_TOO_LARGE|FORBIDDEN)\b/;

/** @param endorsers how many were asked */
export function failureOf(error: unknown, endorsers: number): Failure {
  const messages = messagesOf(error);
  if (messages.some(({ message }) => message.includes(MISMATCH))) return { kind: 'mismatch' };
  const named = messages.filter(({ organizationId }) => organizationId !== '');
  const refusals = named.map(({ message }) => refusalIn(message));
  const [first] = refusals;
  if (first !== undefined && refusals.length === endorsers && refusals.every((refusal) => refusal?.code === first.code)) {
    return { kind: 'refused', refusal: first };
  }
  const [said] = named;
  if (said !== undefined && named.length === endorsers && CHAINCODE_ANSWERED.test(said.message) && named.every(({ message }) => message === said.message)) {
    return { kind: 'rejected', reason: said.message };
  }
  const reason = messages.map(({ message }) => message).join('; ');
  return { kind: 'unavailable', organizations: [...new Set(named.map(({ organizationId }) => organizationId))], reason };
}

/** A refusal leaves the chaincode as `CODE {figures}` inside Fabric's own words. */
export function refusalIn(message: string): Refusal | undefined {
  const [, code = '', figures = ''] = /([A-Z][A-Z_]+) (\{.*\})/.exec(message) ?? [];
  if (!isErrorCode(code)) return undefined;
  try {
    const parsed = JSON.parse(figures) as Figures;
    return Object.keys(parsed).length === 0 ? { code } : { code, figures: parsed };
  } catch {
    return { code };
  }
}

/** Whether the same call may well succeed in a moment. */
export function isPassing({ code }: Refusal): boolean {
  return ERRORS[code].status === 503;
}

/** Whether every orderer that answered refused the envelope for good. */
export function isNeverOrdered(error: unknown): boolean {
  const [text, ...details] = messagesOf(error);
  return (details.length === 0 ? [text] : details).every((said) => said !== undefined && NEVER_ORDERED.test(said.message));
}

export function isDeadlineExceeded(error: unknown): boolean {
  return error instanceof GatewayError && error.code === DEADLINE_EXCEEDED;
}

export function reasonOf(error: unknown): string {
  return messagesOf(error).map(({ message }) => message).join('; ');
}

function messagesOf(error: unknown): readonly { readonly organizationId: string; readonly message: string }[] {
  const text = { organizationId: '', message: error instanceof Error ? error.message : String(error) };
  if (!(error instanceof GatewayError)) return [text];
  return [text, ...error.details.map(({ mspId, message }) => ({ organizationId: mspId, message }))];
}
