import { LedgerError } from './error.ts';

/** JSON as the wire carries it: no fractions and no exponents, so a number has one spelling. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json | undefined };

/** No instruction nests deeper. */
const MAX_DEPTH = 16;
/** Arguments a function call takes at once. */
const CHUNK = 8_192;

const BASE64URL = /^[A-Za-z0-9_-]*$/;
const ASCII = /^[\x00-\x7f]*$/;
/** By the characters in the last group of four: which may be its last, so that no bit is left over. One alone encodes nothing. */
const LAST_OF_GROUP = ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', undefined, 'AQgw', 'AEIMQUYcgkosw048'];

const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) };

/**
 * Canonical JSON (RFC 8785) of plain data: members sorted by UTF-16 code units, no white space.
 * Members that are undefined are left out. Lone surrogates and numbers that are not safe integers are refused.
 */
export function canonicalJson(value: Json, depth = 0): string {
  if (depth > MAX_DEPTH) throw new LedgerError('INSTRUCTION_MALFORMED');
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new LedgerError('INSTRUCTION_MALFORMED');
    return String(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new LedgerError('INSTRUCTION_MALFORMED');
    return JSON.stringify(value);
  }
  if (isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`;
  const members = Object.keys(value).sort().flatMap((name) => {
    const member = value[name];
    return member === undefined ? [] : [`${canonicalJson(name)}:${canonicalJson(member, depth + 1)}`];
  });
  return `{${members.join(',')}}`;
}

/** Reads JSON that must already be canonical: duplicate members, white space and other spellings do not survive the comparison. */
export function parseCanonicalJson(text: string): Json {
  const value = parseJson(text);
  // JSON.stringify keeps the order it was read in, and takes half the time: every instruction passes here three times.
  const isCanonical = isInOrder(value, 0) && JSON.stringify(value) === text;
  if (!isCanonical && canonicalJson(value) !== text) throw new LedgerError('INSTRUCTION_MALFORMED');
  return value;
}

/** Whether JSON.stringify writes it canonically; where it is not so, only `canonicalJson` knows. */
function isInOrder(value: Json, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === MAX_DEPTH) return false;
  if (isArray(value)) return value.every((item) => isInOrder(item, depth + 1));
  let last: string | undefined;
  for (const name of Object.keys(value)) {
    if ((last !== undefined && last >= name) || !name.isWellFormed() || !isInOrder(value[name] ?? null, depth + 1)) return false;
    last = name;
  }
  return true;
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Strict: the one spelling that encodes these bytes, without padding. */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(checkedBase64(text));
}

/** The text that strict base64url of UTF-8 stands for. */
export function decodeBase64UrlText(text: string): string {
  const binary = binaryOf(checkedBase64(text));
  // ASCII is its own UTF-8, and nearly all there is.
  return ASCII.test(binary) ? binary : decodeUtf8(bytesOf(binary));
}

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK) binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  return btoa(binary);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return bytesOf(binaryOf(text));
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return utf8.encoder.encode(text);
}

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decoder.decode(bytes);
  } catch {
    throw new LedgerError('INSTRUCTION_MALFORMED');
  }
}

function checkedBase64(text: string): string {
  if (!BASE64URL.test(text) || !LAST_OF_GROUP[text.length % 4]?.includes(text.at(-1) ?? '')) throw new LedgerError('INSTRUCTION_MALFORMED');
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length);
  // A loop, since mapping takes ten times as long.
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

function binaryOf(base64: string): string {
  try {
    return atob(base64);
  } catch {
    throw new LedgerError('INSTRUCTION_MALFORMED');
  }
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new LedgerError('INSTRUCTION_MALFORMED');
  }
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
