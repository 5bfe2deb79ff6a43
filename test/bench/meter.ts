import type { Ground } from './provision.ts';
import { machineUse, processesOf, useBetween, useOf, type MachineUse, type NamedProcess, type ProcessUse } from './processes.ts';
import { heightOf, transactionsBetween, type Committed } from './transactions.ts';

/** What the measured span used. */
export interface Used extends Committed {
  readonly processes: readonly ProcessUse[];
  /** Of the machine, so that one can see whether anybody else was using it. */
  readonly machine: MachineUse;
}

/** Looks at processes and chain when the measured span begins and when it ends. */
export interface Meter {
  readonly begin: () => void;
  readonly end: () => void;
  /** Memory and CPU so far of everything, now. */
  readonly look: () => readonly ProcessUse[];
  /** After `end`. */
  readonly used: () => Promise<Used>;
}

interface Look {
  readonly use: readonly ProcessUse[];
  readonly machine: MachineUse;
  readonly height: Promise<number>;
}

/** @param more processes beside the network's and this one */
export async function openMeter(ground: Ground, more: readonly NamedProcess[] = []): Promise<Meter> {
  const processes = [...(await processesOf(ground.network)), ...more];
  const look = (): Look => ({ use: useOf(processes), machine: machineUse(), height: heightOf(ground) });
  let first: Look | undefined;
  let last: Look | undefined;
  return {
    begin: () => void (first = look()),
    end: () => void (last = look()),
    look: () => useOf(processes),
    used: async () => {
      if (first === undefined || last === undefined) throw new Error('nothing was measured');
      const committed = await transactionsBetween(ground, await first.height, await last.height);
      const machine = { cpuSeconds: last.machine.cpuSeconds - first.machine.cpuSeconds, idleSeconds: last.machine.idleSeconds - first.machine.idleSeconds };
      return { ...committed, processes: useBetween(first.use, last.use), machine };
    },
  };
}
