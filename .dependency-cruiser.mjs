const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
});

const npm = (name) => `node_modules/${name}(/|$)`;

/** Arrows never turn: DESIGN's house as rules. */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('domain-is-pure', '^chaincode/src/domain/', ['^chaincode/src/domain/', npm('zod')], 'The domain imports zod and nothing else.'),
    only('crypto-serves-the-domain', '^chaincode/src/crypto/', ['^chaincode/src/(crypto|domain)/', npm('@peculiar/asn1-[a-z0-9]+'), npm('lru-cache'), '^(node:)?crypto$'], 'domain ← crypto'),
    only('ledger-serves-the-domain', '^chaincode/src/ledger/', ['^chaincode/src/(ledger|domain)/', npm('fabric-shim(-api)?'), npm('@hyperledger/fabric-protos'), npm('zod'), '^(node:)?(module|zlib)$'], 'domain ← ledger'),
    { name: 'chaincode-stands-alone', severity: 'error', from: { path: '^chaincode/' }, to: { path: '^(gateway-api|client|network|start|portal|test)/' } },
    { name: 'fabric-in-ledger-and-contracts-only', severity: 'error', from: { path: '^chaincode/src/', pathNot: '^chaincode/src/(ledger|contracts)/' }, to: { path: npm('fabric-[a-z-]+') } },
    { name: 'client-knows-the-domain-only', severity: 'error', from: { path: '^client/' }, to: { path: ['^(gateway-api|network|start|test)/', '^chaincode/src/(ledger|contracts)/'] } },
    { name: 'client-library-runs-in-browsers', severity: 'error', from: { path: '^client/src/', pathNot: '^client/src/cli/' }, to: { dependencyTypes: ['core'] } },
    { name: 'portal-knows-the-client-only', severity: 'error', from: { path: '^portal/' }, to: { path: ['^(gateway-api|network|start|test|chaincode)/', '^client/src/cli/'] } },
    { name: 'portal-page-runs-in-browsers', severity: 'error', from: { path: '^portal/page/' }, to: { dependencyTypes: ['core'] } },
    { name: 'gateway-knows-domain-and-ca', severity: 'error', from: { path: '^gateway-api/' }, to: { path: ['^(client|start|test)/', '^network/(?!src/ca/)', '^chaincode/src/(contracts/|ledger/(?!(index|keys|records)\\.ts$))'] } },
    { name: 'fabric-gateway-in-fabric-only', severity: 'error', from: { path: '^gateway-api/src/', pathNot: '^gateway-api/src/fabric/' }, to: { path: [npm('@hyperledger/fabric-gateway'), npm('@grpc/grpc-js')] } },
    { name: 'express-in-http-and-routes-only', severity: 'error', from: { path: '^gateway-api/src/', pathNot: '^gateway-api/src/(http|routes)/' }, to: { path: npm('express') } },
    { name: 'network-knows-no-other', severity: 'error', from: { path: '^network/' }, to: { path: ['^(client|gateway-api|start|test)/', '^chaincode/src/(?!digest)'] } },
    { name: 'topology-imports-nothing', severity: 'error', from: { path: '^network/src/topology\\.ts$' }, to: { path: '^network/' } },
    { name: 'ca-client-stands-alone', severity: 'error', from: { path: '^network/src/ca/client\\.ts$' }, to: { path: '^network/src/(?!ca/)' } },
    { name: 'nothing-imports-tests', severity: 'error', from: { pathNot: '^test/' }, to: { path: '^test/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
