import { z } from 'zod';
import type { ErrorCode } from './error.ts';
import { LANES } from './slot.ts';

const UUID_V7 = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const ORGANIZATION = '[A-Z][A-Za-z0-9]{1,23}';
const OFFICER_NAME = '[a-z][a-z0-9-]{0,30}';
const SYMBOL = '[A-Z][A-Z0-9]{1,11}';
const LANE = `(?:${Array.from({ length: LANES }, (_, lane) => lane).join('|')})`;
const DIGEST = '[A-Za-z0-9_-]{43}';

/** A schema may name the code of its refusal; otherwise what it is part of is malformed. */
const textOf = (pattern: string, description: string, code: ErrorCode | 'malformed' = 'malformed') =>
  z.string().regex(new RegExp(`^${pattern}$`), { error: code }).meta({ description });

/** UUIDv7 made by the client: sorts by time. */
export const instructionIdSchema = textOf(UUID_V7, 'UUIDv7', 'INSTRUCTION_ID_INVALID');
/** The MSP ID of a consortium member. */
export const organizationIdSchema = textOf(ORGANIZATION, 'Organization: its MSP ID');
/** `{uuidv7}@{home organization}`: sorts by time, carries its home. */
export const accountIdSchema = textOf(`${UUID_V7}@${ORGANIZATION}`, 'Account: {uuidv7}@{home organization}');
/** `{name}@{organization}`; a name starts with a letter, so it is never an account. */
export const officerIdSchema = textOf(`${OFFICER_NAME}@${ORGANIZATION}`, 'Officer: {name}@{organization}');
export const officerNameSchema = textOf(OFFICER_NAME, 'Name of an office, never of a person');
/** `{submitting organization}.{lane}`: where a lane puts incoming money. */
export const slotIdSchema = textOf(`${ORGANIZATION}\\.${LANE}`, 'Slot: {submitting organization}.{lane}');
/** An account or an officer. */
export const signerIdSchema = textOf(`(?:${UUID_V7}|${OFFICER_NAME})@${ORGANIZATION}`, 'Account or officer');
/** `{symbol}@{issuing organization}`. */
export const tokenIdSchema = textOf(`${SYMBOL}@${ORGANIZATION}`, 'Token: {symbol}@{issuing organization}');
/** `{instruction id}.{signer}`: what an instruction made is named by the instruction. */
export const objectIdSchema = textOf(`${UUID_V7}\\.(?:${UUID_V7}|${OFFICER_NAME})@${ORGANIZATION}`, '{instruction id}.{signer}');
/** SHA-256, base64url without padding. */
export const digestSchema = textOf(DIGEST, 'SHA-256, base64url');
/** A reference a business system gives: no personal data, no free text. */
export const referenceSchema = textOf('[A-Za-z0-9._:-]{1,35}', 'Reference', 'REFERENCE_INVALID');

export type InstructionId = string;
export type OrganizationId = string;
export type AccountId = string;
export type OfficerId = string;
export type SignerId = AccountId | OfficerId;
export type TokenId = string;
export type ObjectId = string;
export type Digest = string;

const ACCOUNT_ID = new RegExp(`^${UUID_V7}@${ORGANIZATION}$`);

export function isAccountId(id: SignerId): id is AccountId {
  return ACCOUNT_ID.test(id);
}

/** The organization in an account's, officer's or token's id. */
export function organizationOf(id: AccountId | OfficerId | TokenId): OrganizationId {
  return id.slice(id.indexOf('@') + 1);
}

export function officerNameOf(id: OfficerId): string {
  return id.slice(0, id.indexOf('@'));
}

export function objectId(id: InstructionId, signer: SignerId): ObjectId {
  return `${id}.${signer}`;
}

export function splitObjectId(id: ObjectId): readonly [InstructionId, SignerId] {
  const dot = id.indexOf('.');
  return [id.slice(0, dot), id.slice(dot + 1)];
}

/** A UUIDv7 of an instant, with ten random bytes. */
export function uuidAt(instant: number, random: Uint8Array): InstructionId {
  const hex = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const time = instant.toString(16).padStart(12, '0');
  const variant = (0x8 | (Number.parseInt(hex[3] ?? '0', 16) & 0x3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}

/** Milliseconds in a UUIDv7. */
export function uuidTime(id: InstructionId): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
