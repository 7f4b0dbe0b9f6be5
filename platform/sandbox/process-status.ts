import { readFileSync } from 'node:fs';

/** Bytes of a process that are in memory; undefined where the system does not tell, or when it has ended. */
export function residentMemory(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readStatus(pid))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
}

/** Whether somebody has halted the process from outside; false where the system does not tell. */
export const isHalted = (pid: number): boolean => /^State:\s+[Tt]/m.test(readStatus(pid));

/** Milliseconds for which the first thread of a process had a processor; undefined where the system does not tell. */
export function processorTime(pid: number): number | undefined {
  const nanoseconds = /^\d+/.exec(readStatus(pid, 'schedstat'))?.[0];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

function readStatus(pid: number, file = 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
