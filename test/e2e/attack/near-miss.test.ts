import { createHash, generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import { expect } from 'chai';
import * as x509 from '@peculiar/x509';
import {
  addCertificate, appointOfficer, createSigner, importKey, pay, proposeRecovery, register, renewCertificate, revokeCertificate, signInstruction, type Signer,
} from '../../../client/src/index.ts';
import { applicationPayload, jwsSigningInput, type InstructionType } from '../../../chaincode/src/domain/index.ts';
import { parseStateKey } from '../../../chaincode/src/ledger/keys.ts';
import { makeAuthority, type Authority } from '../../support/certificates.ts';
import { LEDGER, openConsortium, type Consortium } from '../../support/consortium.ts';
import { derOf, enrol, newAccountId } from '../../support/enrolment.ts';
import { readWriteSetOf } from '../../support/envelope.ts';
import { anyHolder, registerDirectly } from '../../support/hostile-world.ts';
import { envelopeOf, type Hostile } from '../../support/hostile.ts';
import { userAuthority } from '../../support/user-authority.ts';

const HOUR = 3600_000;
const SHA256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

interface LeafChanges {
  readonly authority?: Authority;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly isAuthority?: boolean;
  readonly usage?: x509.KeyUsageFlags;
  readonly extensions?: readonly x509.Extension[];
  readonly hash?: 'SHA-256' | 'SHA-384';
}

/** One instruction that hands a certificate in, and whose certificate it would be. */
interface Attempt {
  readonly name: string;
  readonly code: string;
  readonly jws: string;
  readonly account: string;
  readonly certificate: string;
}

/**
 * North Pay's business system means ill, or was broken into: it has the keys of its user CA and of all its officers, and no gateway
 * looks at what it sends. Each attempt is signed as it should be; what is wrong is the certificate.
 */
describe('a certificate that is nearly right', function () {
  this.timeout(240_000);
  let consortium: Consortium;
  let north: Hostile;
  let authorities: Readonly<Record<'north' | 'east' | 'node', Authority>>;
  let victim: Signer;
  let attempts: readonly Attempt[];
  let written: readonly string[];

  before(async () => {
    consortium = await openConsortium();
    north = consortium.hostile('NorthPay');
    const [own, other] = await Promise.all(['NorthPay', 'EastPay'].map((organization) => userAuthority(consortium.member(organization))));
    if (own === undefined || other === undefined) throw new Error('no authorities');
    // The same name, another key: what a root that is not the recorded one looks like.
    authorities = { north: own, east: other, node: { ...(await makeAuthority('unused')), certificate: own.certificate } };
    victim = await registerDirectly(consortium, 'NorthPay');
    attempts = await allAttempts();
    const transaction = await north.endorse(attempts.map(({ jws }) => jws));
    written = [...(readWriteSetOf(envelopeOf(transaction))?.writes.keys() ?? [])];
    expect(await north.send(transaction)).to.equal('VALID');
  });

  const signed = async <Body>(officer: Signer, type: InstructionType<Body>, body: Body) => (await signInstruction(officer, type, body, { ledger: LEDGER })).jws;
  const registrar = () => consortium.signer('NorthPay', 'registrar');

  /** A leaf over any public key, DER in base64, by the CA that the changes name: North Pay's own unless told. */
  const leafOver = async (spki: Uint8Array, account: string, { authority = authorities.north, notBefore = Date.now() - HOUR, notAfter = Date.now() + 24 * HOUR, isAuthority = false, usage = x509.KeyUsageFlags.digitalSignature, extensions = [], hash = 'SHA-256' }: LeafChanges = {}) => {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: createHash('sha256').update(spki).update(String(notAfter)).digest('hex').slice(0, 16),
      subject: `CN=${account}`, issuer: authority.certificate.subject, notBefore: new Date(notBefore), notAfter: new Date(notAfter),
      signingAlgorithm: { ...SHA256, hash }, publicKey: spki, signingKey: authority.keys.privateKey,
      extensions: [new x509.BasicConstraintsExtension(isAuthority, undefined, true), new x509.KeyUsagesExtension(usage, true), ...extensions],
    });
    return Buffer.from(certificate.rawData).toString('base64');
  };
  /** The proof, by whatever key signs. */
  const proofBy = (key: KeyObject, spki: Uint8Array, holder: string, ledger = LEDGER): string => {
    const kid = createHash('sha256').update(spki).digest('base64url');
    const request = createHash('sha256').update('request').digest('base64url');
    const payload = applicationPayload({ type: 'certificate.application/1', ledger, organization: holder.slice(holder.indexOf('@') + 1), holder, request, issuedAt: new Date().toISOString() });
    const input = jwsSigningInput(kid, payload);
    return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const pair = (namedCurve = 'prime256v1') => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    return { key: privateKey, spki: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })) };
  };
  const registration = async (name: string, code: string, { account = newAccountId('NorthPay'), certificate, application }: { account?: string; certificate: string; application: string }): Promise<Attempt> => ({
    name, code, account, certificate, jws: await signed(await registrar(), register, { account, roles: ['person' as const], holder: await anyHolder(), certificate, application }),
  });
  const ofLeaf = async (name: string, code: string, changes: LeafChanges): Promise<Attempt> => {
    const [account, { key, spki }] = [newAccountId('NorthPay'), pair()];
    return registration(name, code, { account, certificate: await leafOver(spki, account, changes), application: proofBy(key, spki, account) });
  };
  const ofKey = async (name: string, spki: Uint8Array): Promise<Attempt> => {
    const account = newAccountId('NorthPay');
    return registration(name, 'CERTIFICATE_PROFILE', { account, certificate: await leafOver(spki, account), application: proofBy(pair().key, spki, account) });
  };

  const allAttempts = async (): Promise<readonly Attempt[]> => [...(await ofOtherIssuers()), ...(await outOfTime()), ...(await ofOtherKeys()), ...(await outOfProfile()), ...(await ofOthers()), ...(await elsewhere())];

  const ofOtherIssuers = async () => {
    const account = newAccountId('NorthPay');
    const self = await makeAuthority(account);
    const selfKey = KeyObject.from(self.keys.privateKey);
    const selfSpki = new Uint8Array(self.certificate.publicKey.rawData);
    const attribute = new x509.Extension('1.2.3.4.5.6.7.8.1', false, Buffer.from('{"attrs":{"tallystick.role":"registrar"}}'));
    const user = await enrol(consortium.member('NorthPay'), { ledger: LEDGER, holder: newAccountId('NorthPay') });
    const asIssuer: Authority = { keys: user.key, certificate: new x509.X509Certificate(user.certificate) };
    return Promise.all([
      registration('signed by itself', 'CERTIFICATE_ISSUER', { account, certificate: await leafOver(selfSpki, account, { authority: self }), application: proofBy(selfKey, selfSpki, account) }),
      ofLeaf('of a CA with the right name and another key', 'CERTIFICATE_ISSUER', { authority: authorities.node }),
      ofLeaf("of another organization's CA, with our attribute", 'CERTIFICATE_ISSUER', { authority: authorities.east, extensions: [attribute] }),
      ofLeaf('issued by a user of the right CA', 'CERTIFICATE_ISSUER', { authority: asIssuer }),
    ]);
  };
  const outOfTime = () => Promise.all([
    ofLeaf('expired', 'CERTIFICATE_NOT_CURRENT', { notBefore: Date.now() - 48 * HOUR, notAfter: Date.now() - HOUR }),
    ofLeaf('not yet valid', 'CERTIFICATE_NOT_CURRENT', { notBefore: Date.now() + HOUR }),
  ]);
  const ofOtherKeys = () => Promise.all([
    ...(['secp224r1', 'secp256k1', 'secp384r1'] as const).map((curve) => ofKey(`of a key on ${curve}`, pair(curve).spki)),
    ofKey('of an RSA key', new Uint8Array(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' }))),
    ofKey('of an Ed25519 key', new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }))),
  ]);
  const outOfProfile = () => Promise.all([
    ofLeaf('of a CA, used as a user', 'CERTIFICATE_PROFILE', { isAuthority: true, usage: x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature }),
    ofLeaf('that may not sign', 'CERTIFICATE_PROFILE', { usage: x509.KeyUsageFlags.keyAgreement }),
    ofLeaf('with a critical extension nobody knows', 'CERTIFICATE_PROFILE', { extensions: [new x509.Extension('1.2.3.4.5', true, new Uint8Array([5, 0]))] }),
    ofLeaf('signed over another hash', 'CERTIFICATE_PROFILE', { hash: 'SHA-384' }),
  ]);
  /** Keys and proofs of others, and what was used before. */
  const ofOthers = async () => {
    const [mine, theirs] = [pair(), pair()];
    const [account, other] = [newAccountId('NorthPay'), newAccountId('NorthPay')];
    const known = await enrol(consortium.member('NorthPay'), { ledger: LEDGER, holder: victim.id });
    const recorded = await north.query<{ readonly keys: readonly { readonly publicKey: string }[] }>('account', [victim.id]);
    const spki = new Uint8Array(Buffer.from(recorded.keys[0]?.publicKey ?? '', 'base64'));
    return Promise.all([
      registration('over the key of another applicant', 'CERTIFICATE_PROOF', { account, certificate: await leafOver(theirs.spki, account), application: proofBy(mine.key, mine.spki, account) }),
      registration('over a key that somebody else proves for itself', 'CERTIFICATE_PROOF', { account, certificate: await leafOver(theirs.spki, account), application: proofBy(theirs.key, theirs.spki, other) }),
      registration('over a key whose proof another key has signed', 'CERTIFICATE_PROOF', { account, certificate: await leafOver(theirs.spki, account), application: proofBy(mine.key, theirs.spki, account) }),
      registration("over a member's key, without its word", 'CERTIFICATE_PROOF', { account, certificate: await leafOver(spki, account), application: proofBy(mine.key, spki, account) }),
      registration('with the application of another account, again', 'CERTIFICATE_PROOF', { certificate: derOf(known.certificate), application: known.application }),
      registration('with an application for another ledger', 'CERTIFICATE_PROOF', { account: other, certificate: await leafOver(mine.spki, other), application: proofBy(mine.key, mine.spki, other, 'elsewhere') }),
    ]);
  };
  /** Every other way by which a certificate comes to the ledger asks the same. */
  const elsewhere = async () => {
    const { key, spki } = pair();
    const certificate = await leafOver(spki, victim.id, { authority: authorities.east });
    const application = proofBy(key, spki, victim.id);
    const handIn = async <Body>(type: InstructionType<Body>, body: Body, officer: 'registrar' | 'administrator' = 'registrar'): Promise<Attempt> => ({
      name: `of another organization's CA, by ${type.type}`, code: 'CERTIFICATE_ISSUER', account: newAccountId('NorthPay'), certificate, jws: await signed(await consortium.signer('NorthPay', officer), type, body),
    });
    const officer = 'credit-officer-9@NorthPay';
    return Promise.all([
      handIn(renewCertificate, { holder: victim.id, supersedes: victim.thumbprint, certificate, application }),
      handIn(addCertificate, { holder: victim.id, role: 'owner' as const, certificate, application, consent: 'x' }),
      handIn(proposeRecovery, { account: victim.id, reason: 'KEYS_LOST' as const, certificate, application, deadline: new Date(Date.now() + 24 * HOUR).toISOString() }),
      handIn(appointOfficer, { officer, roles: ['credit-officer' as const], certificate, application: proofBy(key, spki, officer) }, 'administrator'),
    ]);
  };

  const ofJws = (jws: string) => JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as { readonly id: string; readonly signer: string };
  const outcomeOf = async (jws: string): Promise<string> => {
    const { id, signer } = ofJws(jws);
    const outcome = await consortium.settled(() => consortium.hostile('EastPay').query<{ readonly refusal?: { readonly code: string } } | null>('outcome', [id, signer]));
    return outcome === null ? 'none' : (outcome.refusal?.code ?? 'applied');
  };
  const thumbprintOf = (certificate: string) => createHash('sha256').update(Buffer.from(certificate, 'base64')).digest('base64url');

  it('is refused with its code, whatever is nearly right about it', async () => {
    const found: Record<string, string> = {};
    for (const { name, jws } of attempts) found[name] = await outcomeOf(jws);
    expect(found).to.deep.equal(Object.fromEntries(attempts.map(({ name, code }) => [name, code])));
  });

  it('leaves nothing but the refusals: neither account nor certificate nor key', async () => {
    expect(written.map((key) => parseStateKey(key)?.table)).to.deep.equal(attempts.map(() => 'instruction'));
    for (const { account, certificate } of attempts) {
      expect(await north.query('account', [account])).to.equal(null);
      expect(await north.query('certificate', [thumbprintOf(certificate)])).to.equal(null);
    }
    const { keys } = await north.query<{ readonly keys: readonly { readonly thumbprint: string; readonly status: string }[] }>('account', [victim.id]);
    expect(keys.map(({ thumbprint, status }) => [thumbprint, status])).to.deep.equal([[victim.thumbprint, 'active']]);
  });

  it('that is right is taken by the same way', async () => {
    const [account, { key, spki }] = [newAccountId('NorthPay'), pair()];
    const { jws } = await registration('right', 'applied', { account, certificate: await leafOver(spki, account), application: proofBy(key, spki, account) });
    expect((await north.bring([jws])).validation).to.equal('VALID');
    expect(await outcomeOf(jws)).to.equal('applied');
    const again = await registration('again', 'ACCOUNT_EXISTS', { account, certificate: await leafOver(spki, account), application: proofBy(key, spki, account) });
    const elsewhereAgain = newAccountId('NorthPay');
    const same = await registration('another account', 'KEY_IN_USE', { account: elsewhereAgain, certificate: await leafOver(spki, elsewhereAgain), application: proofBy(key, spki, elsewhereAgain) });
    expect((await north.bring([again.jws, same.jws])).validation).to.equal('VALID');
    expect(await outcomeOf(again.jws), 'the application replayed').to.equal('ACCOUNT_EXISTS');
    expect(await outcomeOf(same.jws), 'the key for another account').to.equal('KEY_IN_USE');
  });

  it('signs nothing when the ledger does not know it: nothing at all is written', async () => {
    const { key, spki } = pair();
    const mine = await importKey(key.export({ type: 'pkcs8', format: 'pem' }) as string);
    const forged = await createSigner({ id: victim.id, key: mine, certificate: await leafOver(spki, victim.id) });
    const { jws } = await signInstruction(forged, pay, { payee: newAccountId('EastPay'), token: 'ATK@NorthPay', amount: '1' }, { ledger: LEDGER });
    const { validation, answers } = await north.bring([jws]);
    expect({ validation, code: answers[0]?.refusal?.code }).to.deep.equal({ validation: undefined, code: 'CERTIFICATE_UNKNOWN' });
    expect(await outcomeOf(jws)).to.equal('none');
  });

  it('signs nothing once it is revoked, from the next block on', async () => {
    const holder = await registerDirectly(consortium, 'NorthPay');
    const revoke = await signed(await registrar(), revokeCertificate, { holder: holder.id, thumbprint: holder.thumbprint, reason: 'KEY_COMPROMISED' as const });
    expect((await north.bring([revoke])).validation).to.equal('VALID');
    const transaction = await north.endorse([await signed(holder, pay, { payee: victim.id, token: 'ATK@NorthPay', amount: '1' })]);
    expect([...(readWriteSetOf(envelopeOf(transaction))?.writes.keys() ?? [])].map((name) => parseStateKey(name)?.table)).to.deep.equal(['instruction']);
    expect([...(readWriteSetOf(envelopeOf(transaction))?.writes.values() ?? [])].join()).to.include('CERTIFICATE_REVOKED');
  });
});
