// What one client host does: speaks to a database for one call at a time, for as long as its parent lives. What a hostile
// server sends can end or hold this process only. Plain JavaScript, so that it starts from the source tree and from the
// bundle alike.
import { Socket } from 'node:net';
import { endWithParent, TASKS } from '@flowmesh/platform/sandbox/child';
import { perform } from './process/calls.mjs';

const HEADER_BYTES = 4;

// Names of columns and keys come from servers. Nothing here needs the old accessor.
delete Object.prototype.__proto__;

endWithParent();

const parent = new Socket({ fd: TASKS, readable: true, writable: true });
let received = Buffer.alloc(0);
/** Of the call under way. */
let stop = new AbortController();

function write(text) {
  const body = Buffer.from(text);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(body.length);
  parent.write(Buffer.concat([header, body]));
}

function take(frame) {
  // An empty one asks for the end of the call under way, which is answered in any case.
  if (frame.length === 0) {
    stop.abort();
    return;
  }
  stop = new AbortController();
  void perform(JSON.parse(frame.toString()), stop.signal).then(write);
}

parent.on('data', (chunk) => {
  received = Buffer.concat([received, chunk]);
  while (received.length >= HEADER_BYTES) {
    const end = HEADER_BYTES + received.readUInt32LE();
    if (received.length < end) return;
    const frame = received.subarray(HEADER_BYTES, end);
    received = received.subarray(end);
    take(frame);
  }
});

// The first answer says that it is ready.
write('{}');
