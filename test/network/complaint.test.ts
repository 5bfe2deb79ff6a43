import { expect } from 'chai';
import { complaint } from '../../network/src/run.ts';

describe('what a program complained of', () => {
  it('is its last words, not how it is used', () => {
    expect(complaint({ stderr: 'Error: failed to connect to 127.0.0.1:17021\nUsage:\n  peer channel list [flags]\n\nFlags:\n  -h, --help   help for list\n' })).to.equal('Error: failed to connect to 127.0.0.1:17021');
    expect(complaint({ stderr: 'one\n\ntwo\nthree\nfour\n' })).to.equal('two\nthree\nfour');
    expect(complaint({ stderr: 'Usage: peer\n' })).to.equal('Usage: peer');
  });
});
