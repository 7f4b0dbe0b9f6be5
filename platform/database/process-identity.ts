import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errorCode } from './errors.ts';

const run = promisify(execFile);

/**
 * Start time of a process, in the format of the operating system; null when it does not run. Together with the process
 * id it is unique; ids alone are reused, often immediately after a restart of the machine or container.
 */
export async function processStart(pid: number): Promise<string | null> {
  if (!isRunning(pid)) return null;
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    // The second field is the program's name in parentheses and may hold anything.
    const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ');
    if (!fields || fields[0] === 'Z' || fields[0] === 'X') return null;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    return `${boot.trim()}/${fields[19] ?? ''}`;
  }
  return (await ask(pid, 'lstart')) ?? 'unknown';
}

/** The command line of a running process, or null when it cannot be told. */
export async function processCommand(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
    return line === null ? null : line.replaceAll('\0', ' ').trim();
  }
  return ask(pid, 'command');
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, but belongs to somebody else.
    return errorCode(error) === 'EPERM';
  }
}

async function ask(pid: number, field: string): Promise<string | null> {
  if (process.platform === 'win32') return null;
  return run('ps', ['-o', `${field}=`, '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  );
}
