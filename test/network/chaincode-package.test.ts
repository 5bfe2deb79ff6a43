import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { chaincodePackage } from '../../network/src/deploy/package.ts';

const BLOCK = 512;

describe('chaincode package', () => {
  it('has one id everywhere, for it holds no time, no address and no key', () => {
    expect(chaincodePackage('tallystick').packageId).to.equal('tallystick:fa264b0a0f281fe18616750d9e6319fa63a34bed8e902713df957380a576cf45');
  });

  it('is a gzipped tar archive with metadata first', () => {
    const archive = gunzipSync(chaincodePackage('tallystick').bytes);
    expect(archive.subarray(0, 13).toString()).to.equal('metadata.json');
    const size = Number.parseInt(archive.subarray(124, 135).toString(), 8);
    expect(JSON.parse(archive.subarray(BLOCK, BLOCK + size).toString())).to.deep.equal({ type: 'ccaas', label: 'tallystick' });
  });

  it('has another id under another label', () => {
    expect(chaincodePackage('other').packageId).to.not.equal(chaincodePackage('tallystick').packageId);
  });
});
