import { descendantsOf } from './processes.ts';

/** All processes of the PostgreSQL servers that this process has started stand still until what is returned is called. */
export function freezeDatabase(): () => void {
  const signal = (name: 'SIGSTOP' | 'SIGCONT', pids: readonly number[]) => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const pids = () =>
    descendantsOf(process.pid)
      .filter(({ command }) => command.includes('postgres'))
      .map(({ pid }) => pid);
  const frozen = pids();
  signal('SIGSTOP', frozen);
  // Those that were being started meanwhile.
  signal('SIGSTOP', pids());
  return () => signal('SIGCONT', pids());
}
