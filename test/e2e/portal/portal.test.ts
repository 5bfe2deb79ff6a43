import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { approveRegistration, askForMore, rejectRegistration, type Registration } from '../../../client/src/index.ts';
import { openBrowser } from '../../support/browser.ts';
import { openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { until } from '../../support/patience.ts';

const WAITS = '#waiting:not([hidden]) #state:has-text("waits for the registrar")';
const PDF = { name: 'register.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%an extract of a register\n') };

/** Script of the page that answers something of what the browser keeps. */
function inVault(expression: string): string {
  return `new Promise((resolve) => { const opening = indexedDB.open('tallystick', 1); opening.onsuccess = () => {
    const asked = opening.result.transaction('vault').objectStore('vault').get('account');
    asked.onsuccess = async () => { opening.result.close(); resolve(${expression}); };
  }; })`;
}

/** A person with a browser and nothing else: registers, is asked for more, pays; the key never leaves the browser. */
describe('the portal in a real browser', function () {
  this.timeout(120_000);
  let consortium: Consortium;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let merchant: Holder;
  let token: string;
  let account: string;
  const faults: string[] = [];

  before(async () => {
    consortium = await openConsortium();
    [token, merchant, browser] = [await consortium.token('NorthPay'), await consortium.register('EastPay', ['merchant']), await openBrowser()];
    context = await browser.newContext();
    page = await visit(context);
  });
  after(() => browser.close());

  async function visit(where: BrowserContext): Promise<Page> {
    const opened = await where.newPage();
    opened.on('pageerror', (error) => faults.push(error.message));
    await opened.goto(`${consortium.gateway('NorthPay')}/portal`);
    return opened;
  }

  async function fillIn(role: string, where: Page, holder: string, document = PDF): Promise<void> {
    await where.selectOption('#application [name=role]', role);
    await where.fill('#application [name=holder]', holder);
    await where.setInputFiles('#application [name=document]', document);
    await where.click('#application button');
  }

  async function applyAs(...application: Parameters<typeof fillIn>): Promise<void> {
    await fillIn(...application);
    await application[1].waitForSelector(WAITS);
  }

  /** The page of somebody new, and the account of each application that it sends. */
  async function newcomer(): Promise<{ readonly at: Page; readonly sent: string[] }> {
    const at = await visit(await browser.newContext());
    const sent: string[] = [];
    at.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/registrations')) sent.push((request.postDataJSON() as Registration).account);
    });
    return { at, sent };
  }

  /** The application of the browser, which knows its id. */
  async function waiting(where = page): Promise<Registration> {
    const registrar = await consortium.officer('NorthPay', 'registrar');
    const id = await where.evaluate(inVault('asked.result.ticket.id'));
    const found = await registrar.read<Registration>(`/registrations/${String(id)}`);
    expect(found.state).to.equal('submitted');
    return found;
  }

  it('makes a key that cannot leave it, and applies with a document', async () => {
    await applyAs('enterprise', page, 'HRB 4711');
    const extractable = await page.evaluate(inVault("[asked.result.key.privateKey.extractable, await crypto.subtle.exportKey('pkcs8', asked.result.key.privateKey).then(() => 'exported', (error) => error.name)]"));
    expect(extractable).to.deep.equal([false, 'InvalidAccessError']);
    const registered = await waiting();
    expect(registered.documents).to.have.length(1);
    expect(JSON.stringify(registered)).to.not.include('HRB 4711');
  });

  it('hands in more when asked, also after a reload', async () => {
    const registrar = await consortium.officer('NorthPay', 'registrar');
    const { id } = await waiting();
    await askForMore(registrar, id, ['ILLEGIBLE']);
    await page.waitForSelector('#reasons li:has-text("cannot be read")');
    await page.reload();
    await page.setInputFiles('#answer [name=document]', PDF);
    await page.click('#answer button');
    await page.waitForSelector('#state:has-text("waits for the registrar")');
    expect((await waiting()).documents).to.have.length(2);
  });

  it('opens the account as soon as the ledger has it', async () => {
    const registrar = await consortium.officer('NorthPay', 'registrar');
    const { receipt } = await approveRegistration(registrar, (await waiting()).id);
    expect(receipt.status).to.equal('applied');
    await page.waitForSelector('#account:not([hidden])');
    account = (await page.textContent('#account-id')) ?? '';
    expect(account).to.match(/^[0-9a-f-]{36}@NorthPay$/);
  });

  it('pays with what it signs, once, and shows the receipt', async () => {
    await consortium.fund(account, token, '1000');
    await page.click('#refresh');
    await page.waitForSelector('#balances td:has-text("1000")');
    await page.fill('#payment [name=payee]', merchant.signer.id);
    await page.fill('#payment [name=token]', token);
    await page.fill('#payment [name=amount]', '250');
    await page.dblclick('#payment button');
    await page.waitForSelector('#receipts li:has-text("check passed")');
    await page.waitForSelector('#balances td:has-text("750")');
    const { items } = await until('the payment at the payee', async () => {
      const seen = await merchant.payments({ role: 'payee', counterparty: account });
      return seen.items.length > 0 ? seen : undefined;
    });
    expect(items.map(({ amount, payer }) => [amount, payer])).to.deep.equal([['250', account]]);
  });

  it('tells a refusal with its code and figures', async () => {
    await page.fill('#payment [name=amount]', '5000');
    await page.click('#payment button');
    await page.waitForSelector('#problem:has-text("FUNDS_INSUFFICIENT")');
    expect(await page.textContent('#problem')).to.include('750').and.to.include('5000');
    await page.fill('#payment [name=payee]', 'nobody');
    await page.fill('#payment [name=amount]', '1');
    await page.click('#payment button');
    await page.waitForSelector('#problem:has-text("BODY_MALFORMED")');
  });

  it('sends again what was signed and had no answer, when it is opened again', async () => {
    await page.route('**/payments', (route) => route.abort());
    await page.fill('#payment [name=payee]', merchant.signer.id);
    await page.fill('#payment [name=amount]', '50');
    // It is kept before it is sent: once it is on its way, the page may go.
    const sent = page.waitForRequest('**/payments');
    await page.click('#payment button');
    await sent;
    expect(await page.textContent('#under-way')).to.include('Paying 50');
    await page.close();
    page = await visit(context);
    await page.waitForSelector('#receipts li:has-text("check passed")');
    await page.waitForSelector('#balances td:has-text("700")');
    await page.reload();
    await page.waitForSelector('#balances td:has-text("700")');
  });

  it('lets no second tab sign while a payment has no outcome, and lets it see that to its end', async () => {
    const other = await visit(context);
    await other.waitForSelector('#balances td:has-text("700")');
    await page.route('**/payments', (route) => route.abort());
    const payOf = async (where: Page, amount: string): Promise<void> => {
      await where.fill('#payment [name=payee]', merchant.signer.id);
      await where.fill('#payment [name=token]', token);
      await where.fill('#payment [name=amount]', amount);
      await where.click('#payment button');
    };
    const sent = page.waitForRequest('**/payments');
    await payOf(page, '11');
    await sent;
    await payOf(other, '22');
    await other.waitForSelector('#problem:has-text("no outcome yet")');
    await other.click('#resume');
    await other.waitForSelector('#balances td:has-text("689")');
    expect(await other.isHidden('#resume')).to.equal(true);
    await payOf(other, '22');
    await other.waitForSelector('#balances td:has-text("667")');
    await other.close();
    await page.unroute('**/payments');
    await page.reload();
    await page.waitForSelector('#balances td:has-text("667")');
  });

  it('asks for a credit limit, which the credit officer finds', async () => {
    await page.fill('#limit [name=token]', token);
    await page.fill('#limit [name=amount]', '9000');
    await page.click('#limit button');
    await page.waitForSelector('#receipts li:has-text("Asking for 9000")');
    const { items } = await (await consortium.officer('NorthPay', 'credit-officer')).inbox();
    expect(JSON.stringify(items)).to.include(account);
  });

  it('shows a rejection with its reason, and lets the visitor apply again', async () => {
    const other = await visit(await browser.newContext());
    await applyAs('person', other, 'somebody else');
    await rejectRegistration(await consortium.officer('NorthPay', 'registrar'), (await waiting(other)).id, 'IDENTITY_NOT_PROVEN');
    await other.waitForSelector('#reasons li:has-text("not proven")');
    await other.click('#again');
    await other.waitForSelector('#applying:not([hidden])');
    await other.close();
  });

  it('sends nothing with a document that nobody would look at', async () => {
    const { at, sent } = await newcomer();
    for (const document of [{ ...PDF, mimeType: 'image/heic' }, { ...PDF, buffer: Buffer.concat([PDF.buffer, Buffer.alloc(2 * 1024 ** 2)]) }]) {
      await at.evaluate("document.getElementById('problem').textContent = ''");
      await fillIn('person', at, 'a wrong document', document);
      await at.waitForSelector('#problem:has-text("at most 2 MiB")');
    }
    expect([sent, await at.evaluate(inVault('asked.result ?? null'))]).to.deep.equal([[], null]);
    await applyAs('person', at, 'a wrong document');
    await until('the document', async () => ((await waiting(at)).documents?.length === 1 ? true : undefined));
    expect(sent).to.have.length(1);
    await at.context().close();
  });

  it('goes on with the application when its document is refused, and takes another', async () => {
    const { at, sent } = await newcomer();
    await applyAs('person', at, 'a picture named PDF', { ...PDF, buffer: Buffer.from('no PDF at all') });
    await at.waitForSelector('#problem:has-text("DOCUMENT_INVALID")');
    await at.reload();
    await at.waitForSelector(WAITS);
    await at.setInputFiles('#answer [name=document]', PDF);
    await at.click('#answer button');
    await at.waitForSelector('#answer', { state: 'hidden' });
    expect((await waiting(at)).documents).to.have.length(1);
    expect(sent).to.have.length(1);
    await at.context().close();
  });

  it('applies once, though the answer is lost and the page is opened again', async () => {
    const { at, sent } = await newcomer();
    const taken: string[] = [];
    await at.route('**/registrations', async (route) => {
      const answer = await route.fetch();
      taken.push(((await answer.json()) as Registration).id);
      await route.abort();
    });
    await fillIn('person', at, 'a lost answer');
    await until('the application at the gateway', () => Promise.resolve(taken.length > 0 ? true : undefined));
    await at.unrouteAll({ behavior: 'ignoreErrors' });
    await at.reload();
    await at.waitForSelector(WAITS);
    const found = await until('the document', async () => {
      const registration = await waiting(at);
      return registration.documents === undefined ? undefined : registration;
    });
    expect({ taken: [...new Set(taken)], sent: [...new Set(sent)], documents: found.documents?.length }).to.deep.equal({ taken: [found.id], sent: [found.account], documents: 1 });
    await at.context().close();
  });

  it('had no fault, and may load nothing from elsewhere', async () => {
    expect(faults).to.deep.equal([]);
    const foreign = await page.evaluate(`fetch(${JSON.stringify(consortium.gateway('EastPay'))} + '/livez').then(() => 'answered', () => 'refused')`);
    expect(foreign).to.equal('refused');
  });
});
