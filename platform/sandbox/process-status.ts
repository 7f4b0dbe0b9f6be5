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

/** Work that had a processor for less than this share of its time did not take long: the machine is busy. */
const STARVED = 1 / 10;

/** Whether a process has had hardly any of the processor since `processorTime` was `before`, `elapsedMs` ago or more. */
export function isStarved(pid: number, before: number | undefined, elapsedMs: number): boolean {
  const now = processorTime(pid);
  return now !== undefined && before !== undefined && now - before < STARVED * elapsedMs;
}
