import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ROOT, cleanEnvironment } from '../harness/test-config.ts';

/** A part of the benchmark in a process of its own; it says `ready` when it can be used. */
export async function startScript(name: string, settings: object, env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const { child, said } = begin(name, settings, env);
  await said;
  return child;
}

/** Such a process that ends by itself: what it has found out. */
export async function runScript<T>(name: string, settings: object): Promise<T> {
  const { child, said } = begin(name, settings, {});
  try {
    return (await said) as T;
  } finally {
    await stopScript(child);
  }
}

function begin(name: string, settings: object, env: NodeJS.ProcessEnv) {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), [JSON.stringify(settings)], {
    cwd: ROOT,
    execArgv: ['--import', 'tsx'],
    env: { ...cleanEnvironment(), NODE_ENV: 'production', ...env },
  });
  const said = new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return { child, said };
}

/** Ends such a process. */
export async function stopScript(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
