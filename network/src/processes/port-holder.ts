import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/** Who listens on a port, as `program (process N)`; undefined where the system does not tell. */
export function portHolder(port: number): string | undefined {
  try {
    const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningSockets(readFileSync(table, 'utf8'), port)));
    const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && hasOpen(entry, sockets));
    return pid === undefined ? undefined : `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
  } catch {
    return undefined;
  }
}

/** Inodes of the sockets in a table of /proc/net that listen on the port. */
export function listeningSockets(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
    return local.endsWith(suffix) && state === LISTEN ? [`socket:[${inode}]`] : [];
  });
}

function hasOpen(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => sockets.has(readlinkSync(`/proc/${pid}/fd/${descriptor}`)));
  } catch {
    // It has ended meanwhile, or is another user's.
    return false;
  }
}
