import { readFileSync } from 'node:fs';

/** Bytes of a process that are in memory; undefined where the system does not tell, or when it has ended. */
export function residentMemory(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readStatus(pid))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
}

/** Whether somebody has halted the process from outside; false where the system does not tell. */
export const isHalted = (pid: number): boolean => /^State:\s+[Tt]/m.test(readStatus(pid));

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}
