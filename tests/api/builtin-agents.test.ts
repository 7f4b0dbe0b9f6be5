import { beforeAll, expect, test } from '@jest/globals';
import { echoAgent, executeAgent, registerAgent } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

const builtin = (name: string, options: object = {}) =>
  registerAgent(user.graph, {
    name: unique(name),
    type: 'Builtin',
    kind: 'BUILTIN',
    builtin: { function: name, options },
  });

test.each([
  ['STATISTICS', {}, { values: [4, 1, 3, 2] }, { count: 4, sum: 10, mean: 2.5, median: 2.5, min: 1, max: 4 }],
  ['TRANSFORM', { expression: '{"total": $sum(items.price)}' }, { items: [{ price: 2 }, { price: 3 }] }, { total: 5 }],
  ['TEMPLATE', { template: 'Hello {{ name | upcase }}!' }, { name: 'world' }, { text: 'Hello WORLD!' }],
  [
    'CLASSIFY',
    { labels: { fruit: ['apple', 'pear'], metal: ['iron', 'copper'] } },
    { text: 'An apple and a pear lie on the table.' },
    { label: 'fruit' },
  ],
  ['SENTIMENT', {}, { text: 'This is wonderful, I love it.' }, { label: expect.stringMatching(/positive/i) }],
])('%s', async (name, options, input, output) => {
  const id = await builtin(name, options);
  const execution = await executeAgent(user.graph, id, { input, wait: true });
  expect(execution).toMatchObject({ status: 'COMPLETED', attempts: 1, error: null, output });
});

test('SUMMARIZE, KEY_PHRASES and ENTITIES read English', async () => {
  const text =
    'The payment service of Contoso failed in Berlin on 3 May 2026. Payment service errors rose after the release. ' +
    'Maria Schmidt rolled the release back. The weather was fine. The payment service recovered within minutes.';
  const run = async (name: string, input: object) =>
    (await executeAgent(user.graph, await builtin(name), { input, wait: true })).output;
  const summary = (await run('SUMMARIZE', { text, maxSentences: 2 })) as { summary: string; sentences: string[] };
  expect(summary.sentences).toHaveLength(2);
  for (const sentence of summary.sentences) expect(text).toContain(sentence);
  const { phrases } = (await run('KEY_PHRASES', { text, limit: 3 })) as { phrases: { phrase: string }[] };
  expect(phrases.length).toBeLessThanOrEqual(3);
  expect(phrases.map(({ phrase }) => phrase.toLowerCase()).join()).toContain('payment service');
  const { entities } = (await run('ENTITIES', { text })) as { entities: { value: string }[] };
  expect(entities.map(({ value }) => value)).toEqual(expect.arrayContaining(['Maria Schmidt', 'Berlin']));
});

test('a hostile expression ends by its time limit, and others go on', async () => {
  const id = await registerAgent(user.graph, {
    ...echoAgent('($f := function($x) { $f($x + 1) }; $f(1))'),
    timeoutSeconds: 2,
  });
  const hostile = executeAgent(user.graph, id, { input: {}, wait: true, maxAttempts: 1 });
  const friendly = await executeAgent(user.graph, await registerAgent(user.graph), { input: { a: 1 }, wait: true });
  expect(friendly.output).toEqual({ a: 1 });
  expect(await hostile).toMatchObject({ status: 'FAILED', output: null });
});
