// One preparation at a time in a checkout: `npm start` and `npm test` may begin together.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const PATIENCE_MS = 15 * 60_000;

/** Runs `work` while holding the lock file; a lock whose process is gone is taken over. */
export async function withLock(file, onWait, work) {
  const deadline = Date.now() + PATIENCE_MS;
  let waiting = false;
  while (!tryLock(file)) {
    if (Date.now() > deadline) throw new Error(`Another preparation holds ${file} for 15 minutes already.`);
    if (!waiting) onWait();
    waiting = true;
    await sleep(POLL_MS);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = read(file);
  // Empty: its owner is just writing it.
  if (!holder || isAlive(Number(holder))) return false;
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
  // Somebody else may have taken it over in between: then it goes back.
  if (read(aside) !== holder) {
    try {
      linkSync(aside, file);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
  return false;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
