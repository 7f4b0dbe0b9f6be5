import { readFileSync, readdirSync } from 'node:fs';

interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** Moment it began, in clock ticks: with the id it names a process, as ids come again. */
  readonly start: string;
}

function processes(): ProcessInfo[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // Ended, and only waiting for its parent to look.
      if (fields[0] === 'Z') return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return [{ pid: Number(pid), parent: Number(fields[1]), command, start: fields[19]! }];
    } catch {
      return [];
    }
  });
}

/** Children of a process, and theirs. Linux only. */
export function descendantsOf(pid: number): ProcessInfo[] {
  const all = processes();
  const direct = (parent: number): ProcessInfo[] =>
    all.filter((info) => info.parent === parent).flatMap((info) => [info, ...direct(info.pid)]);
  return direct(pid);
}

/** Which of these still run. */
export function stillRunning(infos: readonly ProcessInfo[]): ProcessInfo[] {
  const all = processes();
  return infos.filter(({ pid, start }) => all.some((info) => info.pid === pid && info.start === start));
}

const TICKS_PER_SECOND = 100;

/** Seconds of processor time these processes have used together, of the user and of the system. Linux only. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}
