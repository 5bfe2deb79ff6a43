/** The programs a network runs. */
export const PROGRAMS = ['peer', 'orderer', 'configtxgen', 'configtxlator', 'osnadmin', 'fabric-ca-server'] as const;

export type Program = (typeof PROGRAMS)[number];

/** Path of each program. */
export type Programs = Readonly<Record<Program, string>>;

export interface Release {
  readonly version: string;
  /** Go package of each program, below the module. */
  readonly module: string;
  /** Folder below `network/` whose go.mod and go.sum pin the module. */
  readonly folder: string;
  readonly linkerFlags: string;
  /** SQLite in the CA is C. */
  readonly needsC: boolean;
}

const FABRIC = 'github.com/hyperledger/fabric';
const FABRIC_CA = 'github.com/hyperledger/fabric-ca';

/** Fabric v3.1.1. Its v3 tags carry no /v3 module path, so go.mod names the commit of the tag by a pseudo-version. */
export const FABRIC_RELEASE: Release = {
  version: '3.1.1',
  module: FABRIC,
  folder: 'fabric',
  linkerFlags: `-s -w -X ${FABRIC}/common/metadata.Version=v3.1.1 -X ${FABRIC}/common/metadata.CommitSHA=435a7f1`,
  needsC: false,
};

export const FABRIC_CA_RELEASE: Release = {
  version: '1.5.21',
  module: FABRIC_CA,
  folder: 'fabric-ca',
  linkerFlags: `-s -w -X ${FABRIC_CA}/lib/metadata.Version=v1.5.21`,
  needsC: true,
};

/** What the modules' own go.mod files ask for. */
export const GO_MINIMUM = '1.25.0';

export function releaseOf(program: Program): Release {
  return program === 'fabric-ca-server' ? FABRIC_CA_RELEASE : FABRIC_RELEASE;
}

/** A program from elsewhere fits when it is of the same line (3.1, 1.5) and not older than the one pinned here. */
export function fits(release: Release, version: string): boolean {
  const [major, minor] = release.version.split('.');
  return version.startsWith(`${major}.${minor}.`) && compareVersions(version, release.version) >= 0;
}

/** Negative when `left` is older. Missing parts count as 0. */
export function compareVersions(left: string, right: string): number {
  const parts = (version: string): number[] => version.split('.').map((part) => Number.parseInt(part, 10));
  const [a, b] = [parts(left), parts(right)];
  for (let i = 0; i < 3; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
