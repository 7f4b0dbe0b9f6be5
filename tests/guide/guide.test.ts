import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble } from '@flowmesh/platform/testing';
import { answerChat } from '../harness/chat-double.ts';
import { freePort } from '../harness/ports.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { ROOT } from '../harness/test-config.ts';
import { startTopology } from '../harness/topology.ts';
import { blocksOf } from './blocks.ts';
import { follow, type Followed } from './follow.ts';
import { Placeholders } from './placeholders.ts';
import { Reader } from './reader.ts';

const FOLDER = join(ROOT, 'docs/guide');
const pages = readdirSync(FOLDER).filter((name) => /^\d\d-.+\.md$/.test(name));
const MANY_PROCESSES = '10-many-processes.md';

const followed: Followed = { run: 0, compared: 0, notRun: [] };
const blocks = (page: string) => blocksOf(page, join(FOLDER, page));
const placeholdersFor = ({ admin }: Pick<Product, 'admin'>) =>
  new Placeholders({ 'admin e-mail': admin.email, 'admin password': admin.password });

let product: Product;
let model: HttpDouble;
let reader: Reader;
let placeholders: Placeholders;
beforeAll(async () => {
  product = await startProduct();
  model = await HttpDouble.start((_call, response) => answerChat(response, ['Export ', 'fails ', 'over 1 GB.']));
  const agentPort = await freePort();
  const servicePort = await freePort();
  const mcpPort = await freePort();
  reader = new Reader(product.url, {
    'localhost:4000': `127.0.0.1:${product.port}`,
    '127.0.0.1:5050': `127.0.0.1:${agentPort}`,
    'listen(5050': `listen(${agentPort}`,
    '127.0.0.1:5062': `127.0.0.1:${servicePort}`,
    'listen(5062': `listen(${servicePort}`,
    '127.0.0.1:5070': `127.0.0.1:${mcpPort}`,
    'MCP_PORT=5070': `MCP_PORT=${mcpPort}`,
    'http://localhost:11434': model.url,
  });
  placeholders = placeholdersFor(product);
}, 180_000);
afterAll(async () => {
  reader?.close();
  await model?.stop();
  await product?.stop();
});

test.each(pages.filter((page) => page !== MANY_PROCESSES))('%s', async (page) => {
  await follow(blocks(page), reader, placeholders, followed);
});

test(
  MANY_PROCESSES,
  async () => {
    const topology = await startTopology();
    const { host } = new URL(topology.url);
    const operator = new Reader(topology.url, { 'localhost:4000': host });
    try {
      await follow(blocks(MANY_PROCESSES), operator, placeholdersFor(topology), followed);
    } finally {
      operator.close();
      await topology.stop();
    }
  },
  240_000,
);

test('few blocks of the guide are not run, each for a reason', () => {
  console.info(`guide: ${followed.run} blocks run, ${followed.compared} answers compared`);
  expect(followed.notRun.sort()).toEqual([
    '01-first-start.md: it is typed into a browser',
    '01-first-start.md: npm run demo has tests of its own, tests/journeys/demo.test.ts',
    '01-first-start.md: the answer to npm start',
    '01-first-start.md: the tests have a folder of their own',
    '01-first-start.md: the tests have started the product already',
    '02-agents.md: the tests have a model of their own',
    '02-agents.md: the tests have started the product like this',
    '04-watching.md: the tests have these packages',
    '10-many-processes.md: needs Docker',
    '11-upgrade.md: an upgrade needs two versions',
    "11-upgrade.md: needs the operator's server",
  ]);
});
