import { createHash, randomBytes } from 'node:crypto';
import { MAX_DOCUMENT_BYTES, type DocumentType } from '@tallystick/chaincode/domain';
import { HttpError } from '../http/http-error.ts';

/** How a file of each type begins. */
const BEGINNINGS: Readonly<Record<DocumentType, Buffer>> = {
  'application/pdf': Buffer.from('%PDF-'),
  'image/png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  'image/jpeg': Buffer.from([0xff, 0xd8, 0xff]),
};

/** What is told of a document; only its salted hash goes on the ledger. */
export interface DocumentFacts {
  readonly number: number;
  readonly type: DocumentType;
  readonly size: number;
  /** SHA-256 of salt and content, base64url. */
  readonly hash: string;
  /** 16 random bytes, base64url: without it nobody can tell by the hash whether a document is a certain one. */
  readonly salt: string;
  readonly submittedAt: string;
}

/** Bytes of a document in base64, of the type it says. @throws HttpError DOCUMENT_INVALID */
export function readDocument(type: DocumentType, base64: string): Buffer {
  const content = Buffer.from(base64, 'base64');
  const isOfType = content.subarray(0, BEGINNINGS[type].length).equals(BEGINNINGS[type]);
  if (content.toString('base64') !== base64 || content.length > MAX_DOCUMENT_BYTES || !isOfType) throw new HttpError('DOCUMENT_INVALID', { type, size: String(content.length) });
  return content;
}

export function saltedHash(content: Uint8Array): Pick<DocumentFacts, 'hash' | 'salt'> {
  const salt = randomBytes(16);
  return { hash: createHash('sha256').update(salt).update(content).digest('base64url'), salt: salt.toString('base64url') };
}
