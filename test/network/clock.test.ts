import { expect } from 'chai';
import { skewOf } from '../../network/src/doctor/clock.ts';

/** A clock that tells whole seconds, as a peer does. */
const secondsOf = (time: number): number => Math.floor(time / 1_000) * 1_000;

describe('the clock of a peer', () => {
  it('that is right is off by nothing, however long its answer took and whenever in the second it was asked', () => {
    for (const before of [0, 1, 500, 999]) {
      for (const took of [0, 10, 999, 5_000]) {
        for (const read of [0, took / 2, took]) expect(skewOf(secondsOf(before + read), before, before + took)).to.equal(0);
      }
    }
  });

  it('that is wrong is off by what cannot be explained', () => {
    expect(skewOf(20_000, 10_000, 10_400)).to.equal(9_600);
    expect(skewOf(1_000, 10_000, 10_400)).to.equal(8_000);
  });
});
