// What every process of a pool has in common.
import { Worker } from 'node:worker_threads';

/** Where tasks come from and answers go: frames of a length (four bytes, little-endian) and as many bytes. */
export const TASKS = 3;
const LIFELINE = 4;

/** Sees to it that this process ends with its parent, and not before. */
export function endWithParent() {
  // The parent ends its processes itself, when their work is done; a service manager tells all of them to stop at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  // Nobody writes to the lifeline. It ends with the parent, and then a thread of its own ends this process, whatever the
  // program does just then. It needs hardly any room for code, and would be given half a gigabyte of it.
  new Worker(`require('node:fs').readSync(${LIFELINE}, Buffer.alloc(1)); process.kill(process.pid, 'SIGKILL');`, {
    eval: true,
    env: {},
    resourceLimits: { codeRangeSizeMb: 8 },
  });
}
