import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { readInstruction } from '@tallystick/chaincode/domain';
import { sha256 } from '@tallystick/client';
import { openDesk, type Desk } from './command-line-fixture.ts';
import { json, problem } from './gateway-fixture.ts';

const UUID = '01990000-0000-7000-8000-00000000000';
const SELF = `${UUID}1@NorthPay`;
const OTHER = `${UUID}2@EastPay`;
const TOKEN = 'NPT@NorthPay';
/** Made by the wallet's own account, and by the other one. */
const MINE = `${UUID}a.${SELF}`;
const THEIRS = `${UUID}b.${OTHER}`;
const DOCUMENT = 'D'.repeat(43);
const DAY = '2027-01-31';
const END_OF_DAY = `${DAY}T23:59:59.999Z`;
const TERMS = { amount: '500', perPayment: '300', termDays: 30, validFrom: '2026-01-01T00:00:00.000Z', validTo: END_OF_DAY, utcOffset: 60 };

const bill = { id: MINE, debtor: SELF, creditor: OTHER, token: TOKEN, state: 'open', amount: '900', outstanding: '700', dueDate: '2026-01-01', bookedAt: '2026-01-01' };
const disputed = { ...bill, id: THEIRS, debtor: OTHER, creditor: SELF, state: 'disputed', dispute: { id: THEIRS, amount: '40', deadline: END_OF_DAY } };
const ON_HAND = {
  [`/bills/${MINE}`]: bill,
  [`/bills/${THEIRS}`]: disputed,
  '/bills': { items: [{ ...bill, id: MINE, dueDate: '2026-01-03' }, { ...bill, id: THEIRS, dueDate: '2026-01-02' }], asOfBlock: 1 },
  [`/limits/${OTHER}/${TOKEN}`]: { request: { id: THEIRS, amount: '5' }, proposal: { id: MINE, amount: '6' } },
  [`/grants/${OTHER}/${TOKEN}/${SELF}`]: { version: 4, terms: TERMS, application: { id: THEIRS, amount: '800', validTo: END_OF_DAY } },
  [`/grants/${SELF}/${TOKEN}/${OTHER}`]: { version: 1, application: { id: MINE, amount: '800', validTo: END_OF_DAY } },
  [`/settlements/${MINE}`]: { creditor: OTHER },
  [`/mandates/${MINE}`]: { debtor: SELF, creditor: OTHER, token: TOKEN },
};

describe('tally for credit', () => {
  let desk: Desk;

  beforeEach(async () => {
    desk = await openDesk();
    for (const [path, answer] of Object.entries(ON_HAND)) desk.routes[`GET ${path}`] = () => json(200, answer);
    await desk.registeredWallet(SELF);
  });

  afterEach(() => desk.close());

  /** Type and body of what was signed; its reading has compared the body with the schema of its type. */
  async function signed(...args: readonly string[]): Promise<{ readonly type: string; readonly body: unknown }> {
    const { status, err } = await desk.tally(...args);
    expect({ status, err }).to.deep.equal({ status: 0, err: '' });
    const sent = desk.seen.find(({ path }) => path === '/instructions');
    const { type, body } = readInstruction(sent?.body ?? '', nodeCrypto);
    return { type: type.type, body };
  }

  for (const [line, type, body] of [
    [`limit request --token ${TOKEN} --amount 5 --purpose P`, 'limit.request/1', { token: TOKEN, amount: '5', purpose: 'P' }],
    [`limit set ${OTHER} --token ${TOKEN} --amount 5 --valid-to ${DAY}`, 'limit.set/1', { account: OTHER, token: TOKEN, amount: '5', validTo: END_OF_DAY, reason: 'GRANTED' }],
    [`limit decline ${OTHER} --token ${TOKEN}`, 'limit.decline/1', { account: OTHER, token: TOKEN, request: THEIRS, reason: 'OTHER' }],
    [`limit propose ${OTHER} --token ${TOKEN} --amount 5 --document ${DOCUMENT}`, 'limit.propose/1', { account: OTHER, token: TOKEN, amount: '5', reason: 'GRANTED', document: DOCUMENT }],
    [`limit confirm ${OTHER} --token ${TOKEN}`, 'limit.confirm/1', { account: OTHER, token: TOKEN, proposal: MINE }],
    [`limit suspend ${OTHER} --token ${TOKEN} --reason RISK`, 'limit.suspend/1', { account: OTHER, token: TOKEN, reason: 'RISK' }],
    [`limit resume ${OTHER} --token ${TOKEN}`, 'limit.resume/1', { account: OTHER, token: TOKEN, reason: 'OTHER' }],
    [`limit threshold --token ${TOKEN} --amount 9`, 'limit.threshold/1', { token: TOKEN, amount: '9' }],
    [`limit threshold --token ${TOKEN}`, 'limit.threshold/1', { token: TOKEN }],

    [`grant apply --merchant ${OTHER} --token ${TOKEN} --amount 5 --valid-to ${DAY}`, 'grant.apply/1', { merchant: OTHER, token: TOKEN, amount: '5', validTo: END_OF_DAY }],
    [`grant withdraw --merchant ${OTHER} --token ${TOKEN}`, 'grant.withdraw/1', { merchant: OTHER, token: TOKEN, application: MINE }],
    [
      `grant approve ${OTHER} --token ${TOKEN} --amount 600 --per-payment 100 --valid-from 2026-01-01T00:00:00.000Z --utc-offset -60`, 'grant.approve/1',
      { enterprise: OTHER, token: TOKEN, application: THEIRS, terms: { amount: '600', perPayment: '100', termDays: 30, validFrom: '2026-01-01T00:00:00.000Z', validTo: END_OF_DAY, utcOffset: -60 } },
    ],
    [`grant reject ${OTHER} --token ${TOKEN} --reason RISK`, 'grant.reject/1', { enterprise: OTHER, token: TOKEN, application: THEIRS, reason: 'RISK' }],
    [`grant revise ${OTHER} --token ${TOKEN} --term-days 10`, 'grant.revise/1', { enterprise: OTHER, token: TOKEN, version: 4, terms: { ...TERMS, termDays: 10 }, reason: 'TERMS' }],
    [`grant suspend ${OTHER} --token ${TOKEN}`, 'grant.suspend/1', { enterprise: OTHER, token: TOKEN, reason: 'OTHER' }],
    [`grant resume ${OTHER} --token ${TOKEN}`, 'grant.resume/1', { enterprise: OTHER, token: TOKEN, reason: 'OTHER' }],
    [`grant revoke ${OTHER} --token ${TOKEN}`, 'grant.revoke/1', { enterprise: OTHER, token: TOKEN, reason: 'OTHER' }],

    [`pay --to ${OTHER} --amount 5 --token ${TOKEN} --credit 3 --grant-version 2 --order O`, 'payment.pay/1', { payee: OTHER, token: TOKEN, amount: '5', credit: { amount: '3', version: 2 }, references: { order: 'O' } }],
    [
      `hold place --to ${OTHER} --amount 5 --token ${TOKEN} --credit 3 --grant-version 2 --expires-at ${DAY}`, 'hold.place/1',
      { payee: OTHER, token: TOKEN, amount: '5', credit: { amount: '3', version: 2 }, expiresAt: END_OF_DAY },
    ],
    [`hold capture ${THEIRS} --amount 5 --final --invoice I`, 'hold.capture/1', { hold: THEIRS, payer: OTHER, amount: '5', final: true, references: { invoice: 'I' } }],
    [`hold capture ${THEIRS} --amount 5`, 'hold.capture/1', { hold: THEIRS, payer: OTHER, amount: '5' }],
    [`hold release ${THEIRS}`, 'hold.release/1', { hold: THEIRS, payer: OTHER }],
    [`hold expire ${THEIRS}`, 'hold.expire/1', { hold: THEIRS, payer: OTHER }],

    [`bill dispute ${MINE} --deadline ${DAY}`, 'dispute.open/1', { bill: MINE, amount: '700', code: 'OTHER', deadline: END_OF_DAY }],
    [`bill withdraw-dispute ${MINE}`, 'dispute.withdraw/1', { bill: MINE }],
    [`bill accept-dispute ${THEIRS}`, 'dispute.accept/1', { bill: THEIRS, debtor: OTHER, amount: '40' }],
    [`bill deny-dispute ${THEIRS}`, 'dispute.deny/1', { bill: THEIRS, debtor: OTHER }],
    [`bill expire-dispute ${MINE} --debtor ${OTHER}`, 'dispute.expire/1', { bill: MINE, debtor: OTHER }],
    [`bill write-off ${THEIRS} --amount 5 --reason GOODWILL`, 'bill.write-off/1', { bill: THEIRS, debtor: OTHER, amount: '5', reason: 'GOODWILL' }],

    [
      `settlement initiate --bill ${MINE}=5 --bill ${THEIRS} --deadline ${DAY}`, 'settlement.initiate/1',
      { creditor: OTHER, token: TOKEN, bills: [{ bill: MINE, amount: '5' }, { bill: THEIRS, amount: '700' }], deadline: END_OF_DAY },
    ],
    [
      `settlement initiate --bill ${MINE} --counter-bill ${THEIRS}=9 --bank-reference R --value-date ${DAY} --document ${DOCUMENT} --deadline ${DAY}`, 'settlement.initiate/1',
      { creditor: OTHER, token: TOKEN, bills: [{ bill: MINE, amount: '700' }], counterBills: [{ bill: THEIRS, amount: '9' }], bank: { reference: 'R', valueDate: DAY, document: DOCUMENT }, deadline: END_OF_DAY },
    ],
    [`settlement confirm ${THEIRS}`, 'settlement.confirm/1', { settlement: THEIRS, debtor: OTHER, creditor: SELF }],
    [`settlement confirm ${THEIRS} --less ${THEIRS}=0`, 'settlement.confirm/1', { settlement: THEIRS, debtor: OTHER, creditor: SELF, less: [{ bill: THEIRS, amount: '0' }] }],
    [`settlement reject ${THEIRS}`, 'settlement.reject/1', { settlement: THEIRS, debtor: OTHER, reason: 'NOT_RECEIVED' }],
    [`settlement cancel ${MINE}`, 'settlement.cancel/1', { settlement: MINE }],
    [`settlement expire ${MINE}`, 'settlement.expire/1', { settlement: MINE, debtor: SELF, creditor: OTHER }],
    [`settlement expire ${THEIRS} --creditor ${SELF}`, 'settlement.expire/1', { settlement: THEIRS, debtor: OTHER, creditor: SELF }],

    [`mandate grant --creditor ${OTHER} --token ${TOKEN} --cap 5 --valid-to ${DAY}`, 'mandate.grant/1', { creditor: OTHER, token: TOKEN, cap: '5', validTo: END_OF_DAY }],
    [`mandate accept ${THEIRS}`, 'mandate.accept/1', { mandate: THEIRS, debtor: OTHER }],
    [`mandate revoke ${MINE}`, 'mandate.revoke/1', { mandate: MINE, debtor: SELF }],
    [`mandate execute ${MINE}`, 'mandate.execute/1', { mandate: MINE, debtor: SELF, creditor: OTHER, bills: [THEIRS, MINE] }],
    [`mandate execute ${MINE} --bill ${MINE}`, 'mandate.execute/1', { mandate: MINE, debtor: SELF, creditor: OTHER, bills: [MINE] }],
    ['officer dismiss notary@NorthPay', 'officer.dismiss/1', { officer: 'notary@NorthPay' }],
  ] as const) {
    it(`signs ${type} for "tally ${line.split(' ').slice(0, 2).join(' ')} …"`, async () => {
      expect(await signed(...line.split(' '))).to.deep.equal({ type, body });
    });
  }

  it('executes a mandate for every due bill, oldest first, whatever page it is on', async () => {
    const pages = [{ items: [], cursor: 'a' }, { items: [{ ...bill, id: MINE, dueDate: '2026-01-03' }], cursor: 'b' }, { items: [], cursor: 'c' }, { items: [{ ...bill, id: THEIRS, dueDate: '2026-01-02' }] }];
    desk.routes['GET /bills'] = () => json(200, { ...pages.shift(), asOfBlock: 1 });
    expect((await signed('mandate', 'execute', MINE)).body).to.include({ mandate: MINE }).and.to.have.property('bills').that.deep.equals([THEIRS, MINE]);
  });

  it('puts the hash of a bank\'s statement on the ledger, never the statement', async () => {
    const file = join(desk.folder, 'statement.txt');
    writeFileSync(file, 'statement');
    const { body } = await signed('settlement', 'initiate', '--bill', MINE, '--bank-reference', 'R', '--document', file);
    expect((body as { bank: { document: string } }).bank.document).to.equal(await sha256('statement'));
    const { err } = await desk.tally('settlement', 'initiate', '--bill', MINE, '--bank-reference', 'R', '--document', 'nowhere.pdf');
    expect(err).to.include('nowhere.pdf is neither a file nor a hash');
  });

  it('takes a file wherever it takes a document', async () => {
    const file = join(desk.folder, 'reasons.pdf');
    writeFileSync(file, 'reasons');
    expect((await signed('limit', 'propose', OTHER, '--token', TOKEN, '--amount', '5', '--document', file)).body).to.include({ document: await sha256('reasons') });
  });

  it('lists every rule of a pre-check and signs nothing', async () => {
    const rules = [{ code: 'PAYMENT_SELF', holds: true }, { code: 'GRANT_EXCEEDED', holds: false, figures: { available: '1', required: '5' } }, { code: 'LIMIT_NONE', holds: false }];
    desk.routes['POST /payments/check'] = ({ body }) => json(200, { passed: false, rules, echo: body });
    const { status, out } = await desk.tally('pay', '--to', OTHER, '--amount', '5', '--token', TOKEN, '--credit', '5', '--grant-version', '1', '--check');
    expect(status).to.equal(0);
    expect(out.split('\n').slice(0, 4).map((line) => line.trimEnd())).to.deep.equal([
      'PAYMENT_SELF    holds', 'GRANT_EXCEEDED  FAILS  available 1, required 5', 'LIMIT_NONE      FAILS', 'It would be refused now: GRANT_EXCEEDED. Nothing was paid.',
    ]);
    expect(desk.seen.map(({ path }) => path)).not.to.include('/instructions');
  });

  it('waits for the inbox and says the command that answers', async () => {
    const item = { kind: 'settlement-to-confirm', id: THEIRS, object: { debtor: OTHER, net: '5', token: TOKEN, bankReference: 'R' } };
    const pages = [[], [item]];
    desk.routes['GET /inbox'] = () => json(200, { items: pages.shift(), tag: 't', asOfBlock: 7 });
    const { out } = await desk.tally('inbox', '--wait', '5');
    expect(out).to.contain(`${OTHER} pays 5 ${TOKEN} by bank, reference R`).and.to.contain(`  tally settlement confirm ${THEIRS}\n`);
    expect(pages).to.deep.equal([]);
  });

  it('says a refusal of credit with its figures and the next step', async () => {
    desk.routes['POST /instructions'] = problem(409, 'GRANT_CHANGED', { figures: { version: '2' } });
    const { status, err } = await desk.tally('pay', '--to', OTHER, '--amount', '5', '--token', TOKEN, '--credit', '5', '--grant-version', '1');
    expect(status).to.equal(1);
    expect(err).to.contain('GRANT_CHANGED, version 2').and.to.contain('tally grant show');
  });

  it('explains that nothing is pending', async () => {
    desk.routes[`GET /limits/${OTHER}/${TOKEN}`] = () => json(200, { amount: '5' });
    expect((await desk.tally('limit', 'confirm', OTHER, '--token', TOKEN)).err).to.contain('No proposal is pending');
  });

  for (const [what, args, words] of [
    ['bills of both sides', ['bill', 'list'], ['due', '2026-01-03', '700']],
    ['one bill', ['bill', 'show', THEIRS], ['dispute amount', '40']],
    ['a grant', ['grant', 'show', '--enterprise', OTHER, '--token', TOKEN], ['terms per payment', '300', 'application amount']],
    ['a limit', ['limit', 'show', OTHER, '--token', TOKEN], ['proposal amount', '6']],
  ] as const) {
    it(`shows ${what}`, async () => {
      const { status, out } = await desk.tally(...args);
      expect(status).to.equal(0);
      for (const word of words) expect(out).to.contain(word);
    });
  }
});
