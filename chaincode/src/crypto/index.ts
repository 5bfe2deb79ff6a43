export { organizationalUnits } from './certificate.ts';
export { nodeCrypto } from './node-crypto.ts';
