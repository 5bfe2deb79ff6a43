import { expect } from 'chai';
import { Gate } from '../../chaincode/src/contracts/gate.ts';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('the gate before a simulation', () => {
  it('lets two run at once and the others in the order they came', async () => {
    const gate = new Gate({ atOnce: 2, patienceMs: 10_000 });
    const began: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((number) =>
        gate.pass(async () => {
          began.push(number);
          most = Math.max(most, ++running);
          await turn();
          running--;
        }),
      ),
    );
    expect(began).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(most).to.equal(2);
  });

  it('gives the place of what fails to the next, and tells the failure', async () => {
    const gate = new Gate({ atOnce: 1, patienceMs: 10_000 });
    const failing = gate.pass(() => Promise.reject(new Error('no')));
    const next = gate.pass(() => Promise.resolve('yes'));
    expect(await failing.catch((error: unknown) => (error as Error).message)).to.equal('no');
    expect(await next).to.equal('yes');
  });

  it('gives the place of what never ends to the next once its peer has given it up, and only once', async () => {
    const gate = new Gate({ atOnce: 1, patienceMs: 20 });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stuck = gate.pass(() => promise);
    expect(await gate.pass(() => Promise.resolve('in'))).to.equal('in');
    resolve(undefined);
    await stuck;
    // Had the stuck one given its place back twice, two would run now.
    let running = 0;
    let most = 0;
    const run = async () => {
      most = Math.max(most, ++running);
      await turn();
      running--;
    };
    await Promise.all([gate.pass(run), gate.pass(run)]);
    expect(most).to.equal(1);
  });
});
