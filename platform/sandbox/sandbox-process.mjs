// What one process of the sandbox does: reads a task, runs it, writes the answer, for as long as its parent lives. Plain
// JavaScript, so that it starts from the source tree and from the bundle alike.
import { readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { languages } from './languages.mjs';
import { runTask } from './run-task.mjs';

const TASKS = 3;
const LIFELINE = 4;
const HEADER_BYTES = 4;

// Programs come from users. Nothing here needs the old accessor.
delete Object.prototype.__proto__;

// The parent ends its processes itself, when their work is done; a service manager tells all of them to stop at once.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

// Nobody writes to the lifeline. It ends with the parent, and then a thread of its own ends this process, whatever the
// program does just then. It needs hardly any room for code, and would be given half a gigabyte of it.
new Worker(`require('node:fs').readSync(${LIFELINE}, Buffer.alloc(1)); process.kill(process.pid, 'SIGKILL');`, {
  eval: true,
  env: {},
  resourceLimits: { codeRangeSizeMb: 8 },
});

// Reading waits in the kernel: an answer is on its way sooner than with an event loop in between.
function read(length) {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length;) {
    const got = readSync(TASKS, bytes, at, length - at, null);
    if (got === 0) process.kill(process.pid, 'SIGKILL');
    at += got;
  }
  return bytes;
}

function write(text) {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + length);
  bytes.writeUInt32LE(length);
  bytes.write(text, HEADER_BYTES);
  for (let at = 0; at < bytes.length;) at += writeSync(TASKS, bytes, at);
}

// The first answer says that it is ready.
write('{}');
for (;;) write(await runTask(languages, read(read(HEADER_BYTES).readUInt32LE()).toString()));
