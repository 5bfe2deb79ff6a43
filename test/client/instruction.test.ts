import { expect } from 'chai';
import fc from 'fast-check';
import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { canonicalJson, decodeBase64Url, parseCanonicalJson, readInstruction, uuidTime, type Json } from '@tallystick/chaincode/domain';
import { pay, readSigned, signInstruction, uuidv7, type Signer, TallyError } from '@tallystick/client';
import { newSigner } from './signer-fixture.ts';

const LEDGER = 'tallystick';
const PAYEE = `${uuidv7()}@EastPay`;
const BODY = { payee: PAYEE, token: 'NPT@NorthPay', amount: '1250' };

describe('signed instruction', () => {
  let signer: Signer;
  before(async () => {
    signer = await newSigner();
  });

  it('is read by the ledger, with a signature of the key', async () => {
    const { jws, id, hash } = await signInstruction(signer, pay, BODY, { ledger: LEDGER });
    const instruction = readInstruction(jws, nodeCrypto);
    expect(instruction).to.include({ id, hash, signer: signer.id, ledger: LEDGER, kid: signer.thumbprint });
    expect(instruction.body).to.deep.equal(BODY);
    expect(nodeCrypto.verify(signer.key.spki, instruction.signed, decodeBase64Url(instruction.signature))).to.equal(true);
  });

  it('has an id of the moment it was issued, whatever the moment', () => {
    const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(fc.property(moment, (now) => uuidTime(uuidv7(now)) === now));
  });

  it('has an id that no other has', () => {
    const now = Date.now();
    expect(new Set(Array.from({ length: 10_000 }, () => uuidv7(now)))).to.have.property('size', 10_000);
  });

  it('is read back from the bytes that were kept', async () => {
    const signed = await signInstruction(signer, pay, BODY, { ledger: LEDGER });
    expect(await readSigned(signed.jws)).to.deep.equal(signed);
  });

  it('refuses kept bytes that are not an instruction', async () => {
    expect(await codeOf(readSigned('not.a.jws'))).to.equal('INSTRUCTION_MALFORMED');
  });

  for (const [amount, code] of [['0', 'AMOUNT_ZERO'], ['-1', 'AMOUNT_NEGATIVE'], ['12.50', 'AMOUNT_NOT_WHOLE'], ['1e3', 'AMOUNT_NOT_WHOLE'], ['1'.repeat(31), 'AMOUNT_TOO_LONG']] as const) {
    it(`refuses to sign the amount ${amount}: ${code}`, async () => {
      expect(await codeOf(signInstruction(signer, pay, { ...BODY, amount }, { ledger: LEDGER }))).to.equal(code);
    });
  }

  it('refuses to sign an unknown member, and names it', async () => {
    const body = { ...BODY, note: 'for Monday' };
    const refusal: unknown = await signInstruction(signer, pay, body, { ledger: LEDGER }).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(TallyError).and.deep.include({ code: 'BODY_MALFORMED', figures: { member: 'note' } });
  });
});

describe('canonical JSON', () => {
  it('has one spelling for a value, and gives it back', () => {
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger().map((number) => number + 0),
        fc.string({ unit: 'grapheme' }),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('json'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(parseCanonicalJson(text)).to.deep.equal(value);
        expect(canonicalJson(shuffled(value))).to.equal(text);
      }),
    );
  });
});

function shuffled(value: Json): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([name, member]) => [name, shuffled(member as Json)]));
}

function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'accepted',
    (error: TallyError) => error.code,
  );
}
