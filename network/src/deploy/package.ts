import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';

export interface ChaincodePackage {
  readonly bytes: Buffer;
  readonly packageId: string;
}

/**
 * The chaincode package that every organization installs: a label and the word `ccaas`. It holds no address, no key and no code,
 * so one package id serves all and stays the same; the chaincode definition's version is what names the code.
 */
export function chaincodePackage(label: string): ChaincodePackage {
  const code = gzip(tar([['chaincode.json', JSON.stringify({ name: label })]]));
  const bytes = gzip(tar([['metadata.json', JSON.stringify({ type: 'ccaas', label })], ['code.tar.gz', code]]));
  return { bytes, packageId: `${label}:${createHash('sha256').update(bytes).digest('hex')}` };
}

const BLOCK = 512;

/** A tar archive that depends on its content alone: no times, no owners. */
function tar(entries: readonly (readonly [string, string | Buffer])[]): Buffer {
  const parts = entries.flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    return [header(name, bytes.length), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Gzip without compression and without a time: the same bytes on every machine and with every version of zlib. */
function gzip(content: Buffer): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]), deflateRawSync(content, { level: 0 }), trailer]);
}
