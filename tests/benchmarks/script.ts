import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ROOT, cleanEnvironment } from '../harness/test-config.ts';

/** A part of the benchmark in a process of its own; it says `ready` when it can be used. */
export async function startScript(name: string, settings: object, env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), [JSON.stringify(settings)], {
    cwd: ROOT,
    execArgv: ['--import', 'tsx'],
    env: { ...cleanEnvironment(), NODE_ENV: 'production', ...env },
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return child;
}

/** Ends such a process. */
export async function stopScript(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
