import { watchLoop } from '../harness/loop-watch.ts';
import { startProduct } from '../harness/product.ts';
import { makeUser } from '../harness/users.ts';
import { LARGE_ANSWERS, makeLargeAnswers } from '../hostile/large-answers.ts';
import { HOSTILE_KINDS, type HostileKind } from '../hostile/inputs.ts';
import { sendOverHttp, sendOverSocket } from '../hostile/send.ts';
import { printTable } from './table.ts';

const SIZES = [1_000, 16_000, 125_000, 1_000_000];
/** The least of some tries: what else the machine does only adds. */
const TRIES = 2;
const SHOWN = 15;
/** Large answers are compiled while they are made for the first times. */
const ANSWER_TRIES = 6;

/** How long the worst size of each kind of hostile request holds the event loop, against what is allowed. */
export async function benchmarkHostile(databaseUrl: string): Promise<void> {
  const product = await startProduct({ databaseUrl, backend: 'postgres' });
  try {
    const user = await makeUser(product);
    const member = user.accessToken;
    const callers = [
      { name: 'a stranger', accessToken: null, ceilingMs: 50 },
      { name: 'a member', accessToken: member, ceilingMs: 100 },
    ];
    for (const { name, accessToken, ceilingMs } of callers) {
      const rows = [];
      for (const kind of HOSTILE_KINDS) {
        const { heldMs, bytes } = await worst(product.url, kind, accessToken);
        rows.push({ name: kind.name, value: heldMs, note: `${bytes.toLocaleString('en')} bytes` });
      }
      rows.sort((left, right) => right.value - left.value);
      const over = rows.filter(({ value }) => value > ceilingMs).length;
      const title = `Hostile requests of ${name}: longest hold of the event loop (ceiling ${ceilingMs} ms; ${over} of ${rows.length} above)`;
      printTable(title, 'ms', [{ name: 'ceiling', value: ceilingMs }, ...rows.slice(0, SHOWN)]);
    }
    await makeLargeAnswers(product, user.id);
    const answers = [];
    for (const { name, query } of LARGE_ANSWERS) {
      const held = [];
      for (let i = 0; i < ANSWER_TRIES; i += 1) {
        held.push((await watchLoop(product, () => user.graph.query(query))).heldMs);
      }
      answers.push({ name, value: Math.min(...held) });
    }
    const title = 'Large answers to a member: longest hold of the event loop';
    printTable(title, 'ms', [{ name: 'ceiling', value: 100 }, ...answers]);
  } finally {
    await product.stop();
  }
}

async function worst(url: string, kind: HostileKind, accessToken: string | null) {
  let found = { heldMs: 0, bytes: 0 };
  const ways = kind.isRequest ? [sendOverHttp, sendOverSocket] : [sendOverHttp];
  for (const bytes of SIZES) {
    for (const send of ways) {
      const held = [];
      for (let i = 0; i < TRIES; i += 1) {
        held.push((await watchLoop({ url }, () => send(url, kind, bytes, accessToken))).heldMs);
      }
      const heldMs = Math.min(...held);
      if (heldMs > found.heldMs) found = { heldMs, bytes };
    }
  }
  return found;
}
