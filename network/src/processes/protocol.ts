import type { Specification } from './specification.ts';

/** What one may ask the supervisor; a line of JSON each, answered by a line of JSON. */
export type Request =
  | { readonly verb: 'list' }
  /** Start it if it does not run; start it anew if it runs with another specification. */
  | { readonly verb: 'ensure'; readonly specification: Specification }
  /** End it and start it again, with another specification if one is given. */
  | { readonly verb: 'restart'; readonly node: string; readonly specification?: Specification }
  /** SIGKILL the process; the supervisor then brings it back as after any death. */
  | { readonly verb: 'kill'; readonly node: string }
  /** End it and leave it ended. */
  | { readonly verb: 'stop'; readonly node: string }
  /** End everything, then the supervisor itself. */
  | { readonly verb: 'shutdown' };

export type Answer = { readonly ok: true; readonly nodes: readonly NodeState[] } | { readonly ok: false; readonly problem: string };

export interface NodeState {
  readonly node: string;
  readonly state: 'running' | 'waiting' | 'stopped';
  readonly pid?: number;
  /** RFC 3339, UTC. */
  readonly since: string;
  /** How often it died by itself since the supervisor started it. */
  readonly deaths: number;
  readonly lastDeath?: string;
  readonly revision: string;
}
