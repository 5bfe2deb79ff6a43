import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalJson, decodeBase64Url, encodeBase64Url, parseCanonicalJson, type Json } from '../../chaincode/src/domain/index.ts';

const refusal = (action: () => unknown): string | undefined => {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
};

describe('base64url', () => {
  it('gives back every bytes it was given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect([...decodeBase64Url(encodeBase64Url(bytes))]).to.deep.equal([...bytes]);
      }),
    );
  });

  it('takes the one spelling of bytes and no other', () => {
    const character = fc.constantFrom(...'ABQgwEIMUYcko048xyz9-_=+/ .');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 9 }), (text) => {
        const isSpelling = Buffer.from(text, 'base64url').toString('base64url') === text;
        expect(refusal(() => decodeBase64Url(text))).to.equal(isSpelling ? undefined : 'INSTRUCTION_MALFORMED');
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('canonical JSON', () => {
  const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger().map((number) => number + 0),
      fc.string({ unit: 'grapheme' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 5 }), tie('value'), { maxKeys: 4 }),
    ),
  })).value;

  it('is read back as what was written, and written again as it was', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(parseCanonicalJson(text))).to.equal(text);
        expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.nat()), (record) => {
        expect(canonicalJson(Object.fromEntries(Object.entries(record).reverse()))).to.equal(canonicalJson(record));
      }),
    );
  });

  for (const text of ['{"a":1,"a":1}', '{"b":1,"a":1}', ' 1', '1.0', '1e2', '-0', '0.5', '"\\u0061"', '"\\ud800"', '[1,]', '9007199254740992', '']) {
    it(`refuses ${text}`, () => expect(refusal(() => parseCanonicalJson(text))).to.equal('INSTRUCTION_MALFORMED'));
  }
});
