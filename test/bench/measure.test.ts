import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { latencyOf } from './latency.ts';
import { closedLoop, drain, openLoop, type Counted, type Measured } from './measure.ts';

const PIECE: Counted = { committed: 10, refused: 1 };
const NOTHING: Counted = { committed: 0, refused: 5 };

describe('what a workload counts', () => {
  let clock: SinonFakeTimers;
  let spans: string[];

  beforeEach(() => {
    clock = useFakeTimers();
    spans = [];
  });

  afterEach(() => clock.restore());

  const span = { begin: () => void spans.push(`begin ${performance.now()}`), end: () => void spans.push(`end ${performance.now()}`) };

  /** Answers after so long. */
  const taking = (milliseconds: number, answer: Counted | undefined = PIECE) => new Promise<Counted | undefined>((resolve) => setTimeout(resolve, milliseconds, answer));

  const ran = async (measured: Promise<Measured>): Promise<Measured> => {
    measured.catch(() => undefined);
    await clock.tickAsync(5_000);
    return measured;
  };

  describe('in a closed loop', () => {
    const loop = { seconds: 1, warmUpSeconds: 0.5, workers: 2, span };

    it('is what is answered within the span: neither what was answered while warming up nor what comes after the end', async () => {
      const measured = await ran(closedLoop({ ...loop, send: () => taking(200) }));
      // Answers at 600, 800, 1,000, 1,200 and 1,400 ms.
      expect(measured).to.deep.equal({ committed: 100, refused: 10, seconds: 1, latencies: new Array<number>(10).fill(200) });
      expect(spans).to.deep.equal(['begin 500', 'end 1500']);
    });

    it('has no latency of a piece of which everything was refused', async () => {
      const measured = await ran(closedLoop({ ...loop, send: (worker) => (worker === 0 ? taking(250) : taking(10, NOTHING)) }));
      expect(measured.latencies).to.deep.equal([250, 250, 250, 250, 250]);
      expect(measured.refused).to.equal(5 * 1 + 101 * 5);
    });

    it('is no measurement when the load was used up before the end', async () => {
      let left = 4;
      const measured = ran(closedLoop({ ...loop, send: () => (left-- > 0 ? taking(200) : Promise.resolve(undefined)) }));
      expect(await measured.catch((error: unknown) => String(error))).to.include('used up before the end');
    });

    it('fails when a piece fails', async () => {
      const measured = ran(closedLoop({ ...loop, send: () => Promise.reject(new Error('bulk: 500')) }));
      expect(await measured.catch((error: unknown) => String(error))).to.include('bulk: 500');
    });
  });

  describe('in an open loop', () => {
    const loop = { seconds: 1, warmUpSeconds: 0.5, rate: 10, span };

    it('is all that was due within the span, whenever it is answered, though earlier work is not', async () => {
      let sent = 0;
      const measured = await ran(openLoop({ ...loop, send: () => (sent++, taking(900) as Promise<Counted>) }));
      expect(sent).to.equal(15);
      expect(measured).to.deep.equal({ committed: 100, refused: 10, seconds: 1, latencies: new Array<number>(10).fill(900) });
    });

    it('has a latency from the moment it was due: what could not be begun in time waited', async () => {
      let sent = 0;
      // The sixth finds the program busy for a third of a second; those due meanwhile begin when that is over.
      const send = () => {
        if (++sent === 6) clock.tick(320);
        return taking(50) as Promise<Counted>;
      };
      const { latencies } = await ran(openLoop({ ...loop, send }));
      expect(latencies.toSorted((one, other) => other - one).slice(0, 4)).to.deep.equal([370, 270, 170, 70]);
      expect(latencies.length).to.equal(10);
    });

    it('fails when a piece fails', async () => {
      const measured = ran(openLoop({ ...loop, send: () => Promise.reject(new Error('no answer')) }));
      expect(await measured.catch((error: unknown) => String(error))).to.include('no answer');
    });
  });

  describe('of work that is used up', () => {
    const pieces = (count: number, milliseconds: number) => {
      let left = count;
      return () => (left-- > 0 ? taking(milliseconds) : Promise.resolve(undefined));
    };

    it('is what is answered until the first worker finds no more', async () => {
      const measured = await ran(drain({ warmUpSeconds: 0.25, workers: 2, send: pieces(9, 100), span }));
      // Four rounds of two, of which two are warming up; the ninth is answered when the other worker has found nothing.
      expect(measured).to.deep.equal({ committed: 40, refused: 4, seconds: 0.15, latencies: [100, 100, 100, 100] });
      expect(spans).to.deep.equal(['begin 250', 'end 400']);
    });

    it('is no measurement when it was used up while warming up', async () => {
      const measured = ran(drain({ warmUpSeconds: 1, workers: 2, send: pieces(4, 100) }));
      expect(await measured.catch((error: unknown) => String(error))).to.include('used up while warming up');
    });
  });

  it('has the latency below which a half, 95 and 99 of a hundred are', () => {
    expect(latencyOf(Array.from({ length: 200 }, (_, place) => 200 - place))).to.deep.equal({ p50: 101, p95: 191, p99: 199 });
    expect(latencyOf([7])).to.deep.equal({ p50: 7, p95: 7, p99: 7 });
    expect(latencyOf([])).to.deep.equal({ p50: 0, p95: 0, p99: 0 });
  });
});
