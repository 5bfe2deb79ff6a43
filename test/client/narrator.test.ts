import { expect } from 'chai';
import { exchangeLine, narrator, shorten, StepFailure } from '../../start/narrator.ts';
import { claim, claimRefusal } from '../../start/claim.ts';
import { readOptions, UsageError } from '../../start/options.ts';
import { TallyError } from '@tallystick/client';

const ACCOUNT = '01990000-0000-7000-8000-00000012abcd@NorthPay';

describe('narrator', () => {
  it('numbers the steps and names the one that failed', async () => {
    const lines: string[] = [];
    const { step } = narrator((line) => lines.push(line));
    await step('First', async () => 1);
    const failure: unknown = await step('Second', () => Promise.reject(new Error('no balance'))).catch((error: unknown) => error);
    expect(lines).to.deep.equal(['', '1. First', '', '2. Second']);
    expect(failure).to.be.instanceOf(StepFailure).and.to.include({ step: '2. Second', message: 'no balance' });
  });

  it('shows an exchange on a line', () => {
    const exchange = { method: 'POST', gateway: 'http://x', path: `/accounts/${ACCOUNT}/freeze`, status: 409, code: 'ACCOUNT_STATE', milliseconds: 12 };
    expect(exchangeLine('NorthPay', exchange)).to.equal('NorthPay POST /accounts/…12abcd@NorthPay/freeze  ->  409 ACCOUNT_STATE  (12 ms)');
  });

  it('shortens ids to their random end', () => {
    expect(shorten(`${ACCOUNT} and ${ACCOUNT}`)).to.equal('…12abcd@NorthPay and …12abcd@NorthPay');
  });
});

describe('claim', () => {
  it('says what was expected and what came instead', () => {
    expect(() => claim('amount', '1', '2')).to.throw('amount: expected "2", got "1"');
  });

  it('fails when what must be refused is accepted', async () => {
    expect(await claimRefusal('X', Promise.resolve()).catch((error: Error) => error.message)).to.contain('it was accepted');
  });

  it('fails when it is refused for another reason', async () => {
    expect(await claimRefusal('X', Promise.reject(new TallyError('Y', ''))).catch((error: Error) => error.message)).to.contain('expected "X", got "Y"');
  });
});

describe('options of npm start', () => {
  it('are none, or those it knows', () => {
    expect(readOptions([])).to.deep.equal({ exit: false, name: undefined, basePort: undefined });
    expect(readOptions(['--exit', '--name', 'two', '--base-port', '18000'])).to.deep.equal({ exit: true, name: 'two', basePort: 18_000 });
    expect(readOptions(['--help'])).to.equal(undefined);
  });

  for (const args of [['--exti'], ['--base-port', 'x'], ['--base-port', '80'], ['two']]) {
    it(`are refused: ${args.join(' ')}`, () => {
      expect(() => readOptions(args)).to.throw(UsageError);
    });
  }
});
