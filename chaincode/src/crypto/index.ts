export { organizationalUnits } from './certificate.ts';
export { cryptoKeeping, nodeCrypto } from './node-crypto.ts';
