import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * Digest of the chaincode in a folder: SHA-256 over every source file and its package.json, as 16 hex digits.
 * It is the version in the chaincode definition, so that a member approves code and not only an address.
 */
export function chaincodeDigest(folder: string): string {
  const files = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const digest = createHash('sha256');
  for (const file of [...files, join(folder, 'package.json')].sort()) {
    const bytes = readFileSync(file);
    digest.update(`${relative(folder, file).split(sep).join('/')}\n${bytes.length}\n`).update(bytes);
  }
  return digest.digest('hex').slice(0, 16);
}
