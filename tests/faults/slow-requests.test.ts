import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProduct, type Product } from '../harness/product.ts';
import { startTopology, type Topology } from '../harness/topology.ts';

const TIMEOUT_SECONDS = 2;
const env = { REQUEST_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS) };
/** What is overdue is found by looking now and then, and the machine has other things to do. */
const LATEST_MS = TIMEOUT_SECONDS * 1_000 + 8_000;

let product: Product;
let topology: Topology;
beforeAll(async () => {
  product = await startProduct({ env });
  topology = await startTopology({ env, domains: ['agent'] });
}, 180_000);
afterAll(async () => {
  await product?.stop();
  await topology?.stop();
});

interface Slow {
  readonly name: string;
  /** Sent at once. */
  readonly begin: string;
  /** Sent again and again, four times a second. */
  readonly drip?: string;
}

const POST = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const HEALTH = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';

const SLOW: readonly Slow[] = [
  { name: 'nothing at all', begin: '' },
  { name: 'half a request line', begin: 'GET /heal' },
  { name: 'headers that never end', begin: 'GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', drip: 'a' },
  { name: 'more and more headers', begin: 'GET /health HTTP/1.1\r\nHost: localhost\r\n', drip: 'X-Slow: a\r\n' },
  { name: 'a body that does not come', begin: `${POST}Content-Length: 1000\r\n\r\n` },
  { name: 'a body that stops', begin: `${POST}Content-Length: 1000\r\n\r\n{"query":` },
  { name: 'a body byte by byte', begin: `${POST}Content-Length: 1000\r\n\r\n`, drip: ' ' },
  { name: 'a chunk that does not come', begin: `${POST}Transfer-Encoding: chunked\r\n\r\n10\r\n{` },
  { name: 'chunk after chunk', begin: `${POST}Transfer-Encoding: chunked\r\n\r\n`, drip: '1\r\n \r\n' },
  { name: 'a second request that stops', begin: `${HEALTH}${POST}Content-Length: 1000\r\n\r\n{` },
];

/** What came back before the connection was closed, and when that was. */
function talk(port: number, { begin, drip }: Slow): Promise<{ readonly answer: string; readonly ms: number }> {
  return new Promise((resolve) => {
    const begun = performance.now();
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
    socket.on('connect', () => socket.write(begin));
    const timer = setInterval(() => drip && socket.writable && socket.write(drip), 250);
    const giveUp = setTimeout(() => socket.destroy(), LATEST_MS + 2_000);
    socket.on('close', () => {
      clearInterval(timer);
      clearTimeout(giveUp);
      resolve({ answer, ms: performance.now() - begun });
    });
  });
}

/** Ordinary requests, one after the other, until `ended`; the statuses they got. */
async function meanwhile(url: string, ended: Promise<unknown>): Promise<ReadonlySet<number>> {
  const statuses = new Set<number>();
  let running = true;
  void ended.finally(() => (running = false));
  while (running) {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    statuses.add(response.status);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return statuses;
}

describe.each<[string, () => string]>([
  ['the one process', () => product.url],
  ['the gateway', () => topology.url],
  ['the graph of a subgraph', () => topology.subgraphUrls.agent],
  ['a worker', () => topology.workerUrls[0]!],
])('%s', (_name, urlOf) => {
  test('gives up requests that do not arrive, and answers the others all the time', async () => {
    const url = urlOf();
    const port = Number(new URL(url).port);
    const talks = Promise.all(SLOW.map((slow) => talk(port, slow)));
    const [answers, statuses] = await Promise.all([talks, meanwhile(url, talks)]);
    expect([...statuses]).toEqual([200]);
    const told = SLOW.map(({ name }, index) => {
      const { answer, ms } = answers[index]!;
      const codes = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => Number(code));
      return { name, codes, intime: ms < LATEST_MS };
    });
    expect(told).toEqual(
      SLOW.map(({ name }) => ({ name, codes: name.startsWith('a second') ? [200, 408] : [408], intime: true })),
    );
  }, 30_000);
});
