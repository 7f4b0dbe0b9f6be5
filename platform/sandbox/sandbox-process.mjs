// What one process of the sandbox does: reads a task, runs it, writes the answer, for as long as its parent lives. Plain
// JavaScript, so that it starts from the source tree and from the bundle alike.
import { readSync, writeSync } from 'node:fs';
import { endWithParent, TASKS } from './child.mjs';
import { languages } from './languages.mjs';
import { runTask } from './run-task.mjs';

const HEADER_BYTES = 4;

// Programs come from users. Nothing here needs the old accessor.
delete Object.prototype.__proto__;

endWithParent();

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
