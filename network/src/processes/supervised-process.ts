import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Say } from '../progress.ts';
import { end, type Records } from './records.ts';
import { openLog } from './log-file.ts';
import { identityOf, signal, type ProcessIdentity } from './identity.ts';
import type { NodeState } from './protocol.ts';
import type { Specification } from './specification.ts';

const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;
/** A process that lived this long starts again without back-off. */
const SETTLED_AFTER = 10_000;

/** One process that is kept running until it is told to stop. */
export class SupervisedProcess {
  #specification: Specification;
  readonly #say: Say;
  readonly #changed: () => void;
  #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #state: NodeState['state'] = 'stopped';
  #since = new Date();
  #deaths = 0;
  #quickDeaths = 0;
  #lastDeath: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `changed` is called whenever the process behind this is another one. */
  constructor(specification: Specification, say: Say, changed: () => void) {
    this.#specification = specification;
    this.#say = say;
    this.#changed = changed;
  }

  get specification(): Specification {
    return this.#specification;
  }

  get identity(): Records['supervisor'] {
    return this.#identity;
  }

  describe(): NodeState {
    return {
      node: this.#specification.node,
      state: this.#state,
      since: this.#since.toISOString(),
      deaths: this.#deaths,
      revision: this.#specification.revision,
      ...(this.#identity === undefined ? {} : { pid: this.#identity.pid }),
      ...(this.#lastDeath === undefined ? {} : { lastDeath: this.#lastDeath }),
    };
  }

  start(specification = this.#specification): void {
    if (this.#child !== undefined) return;
    this.#specification = specification;
    clearTimeout(this.#timer);
    const { command, args, env, cwd, log } = specification;
    const output = openLog(log);
    // The output goes to the file itself: a supervisor that dies must not take its processes' output with it.
    const child = spawn(command, args, { cwd, env: { ...env }, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    this.#child = child;
    this.#identity = child.pid === undefined ? undefined : identityOf(child.pid);
    this.#enter('running');
    child.on('error', (error) => this.#died(child, error.message));
    child.on('exit', (code, killed) => this.#died(child, killed === null ? `exit code ${code}` : `signal ${killed}`));
  }

  /** Ends the process and leaves it ended. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    const identity = this.#identity;
    this.#child = undefined;
    this.#identity = undefined;
    if (identity !== undefined) await end(identity);
    this.#quickDeaths = 0;
    this.#enter('stopped');
  }

  /** Kills the process as a power cut would; it comes back as after any death. */
  kill(): boolean {
    return this.#identity !== undefined && signal(this.#identity, 'SIGKILL');
  }

  #died(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    const lived = Date.now() - this.#since.getTime();
    this.#quickDeaths = lived > SETTLED_AFTER ? 0 : this.#quickDeaths + 1;
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.max(0, this.#quickDeaths - 1));
    this.#child = undefined;
    this.#identity = undefined;
    this.#deaths += 1;
    this.#lastDeath = `${new Date().toISOString()} ${how}`;
    this.#say(`${this.#specification.node} died (${how}) after ${Math.round(lived / 1000)} s; starting it again in ${delay / 1000} s`);
    this.#enter('waiting');
    this.#timer = setTimeout(() => this.start(), delay);
  }

  #enter(state: NodeState['state']): void {
    this.#state = state;
    this.#since = new Date();
    this.#changed();
  }
}
