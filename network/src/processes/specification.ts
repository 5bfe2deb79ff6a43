/** What to run for a node. The supervisor starts it, and starts it anew when any of this changes. */
export interface Specification {
  readonly node: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly log: string;
  /** Digest of what the process reads at its start: configuration, certificates, code. */
  readonly revision: string;
}

export function sameSpecification(left: Specification, right: Specification): boolean {
  return JSON.stringify(canonical(left)) === JSON.stringify(canonical(right));
}

function canonical(it: Specification): unknown {
  const env = Object.entries(it.env).sort(([a], [b]) => (a < b ? -1 : 1));
  return [it.node, it.command, it.args, env, it.cwd, it.log, it.revision];
}
