import { createECDH, createHash, ECDH } from 'node:crypto';

/**
 * A keyed hash in two halves (an oblivious pseudorandom function on P-256, by x coordinates alone): who has the text blinds it, who has the key
 * raises what it cannot read, and who has the text unblinds the result. The one learns nothing of the key, the other nothing
 * of the text.
 */
const CURVE = 'prime256v1';
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** Either of the two points of an x coordinate will do: their multiples have the same x. */
const EVEN = Buffer.from([2]);
const ELEMENT_LENGTH = 33;

export interface Blinded {
  /** What is sent: a compressed point that says nothing of the text. */
  readonly element: Buffer;
  /** The keyed hash, from what came back. @throws when that is no point of the curve */
  readonly finish: (answer: Buffer) => Buffer;
}

export function newKey(): Buffer {
  const ecdh = createECDH(CURVE);
  ecdh.generateKeys();
  return toBytes(BigInt(`0x${ecdh.getPrivateKey('hex')}`));
}

export function blind(text: string): Blinded {
  const factor = newKey();
  const back = toBytes(power(BigInt(`0x${factor.toString('hex')}`), ORDER - 2n));
  return { element: multiply(factor, pointOf(text)), finish: (answer) => multiply(back, answer) };
}

/** @throws when the element is no point of the curve */
export function evaluate(key: Buffer, element: Buffer): Buffer {
  if (element.length !== ELEMENT_LENGTH) throw new RangeError('not a compressed point');
  return multiply(key, element);
}

/** What `blind`, `evaluate` and `finish` come to, for who has both. */
export function keyedHash(key: Buffer, text: string): Buffer {
  return multiply(key, pointOf(text));
}

/** A point whose logarithm nobody knows: the first hash in a row that is the x coordinate of one. */
function pointOf(text: string): Buffer {
  for (let number = 0; ; number++) {
    const point = Buffer.concat([EVEN, createHash('sha256').update(`tallystick directory ${number} ${text}`).digest()]);
    if (isPoint(point)) return point;
  }
}

function isPoint(point: Buffer): boolean {
  try {
    ECDH.convertKey(point, CURVE);
    return true;
  } catch {
    return false;
  }
}

function multiply(factor: Buffer, point: Buffer): Buffer {
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(factor);
  return Buffer.concat([EVEN, ecdh.computeSecret(point)]);
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square, left] = [1n, base % ORDER, exponent];
  for (; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % ORDER;
    square = (square * square) % ORDER;
  }
  return result;
}

function toBytes(scalar: bigint): Buffer {
  return Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
}
