import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createWorkflow,
  executeAgent,
  executeWorkflow,
  executionEnds,
  FAST,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

let product: Product;
let member: TestUser;
let neighbour: TestUser;
beforeAll(async () => {
  product = await startProduct();
  [member, neighbour] = await Promise.all([makeUser(product), makeUser(product)]);
});
afterAll(() => product?.stop());

const builtin = (name: string, options: object) => ({
  name: unique('builtin'),
  type: 'Test',
  kind: 'BUILTIN',
  builtin: { function: name, options },
});

/** What a step comes to whose expression this is. */
async function runStep({ graph }: TestUser, expression: string, input: unknown = {}) {
  const workflowId = await createWorkflow(graph, { steps: [transformStep('work', expression)] });
  const { status, error, steps } = await executionEnds(
    graph,
    await executeWorkflow(graph, workflowId, { input }),
    60_000,
  );
  return { status, code: error?.code ?? null, attempts: steps[0]?.attempts, result: steps[0]?.result };
}

test.each([
  ['a list that is turned round', '$reverse([1..9999999])'],
  ['a text that doubles', '($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("0123456789", 40))'],
  ['lists of lists', '[1..3000].([1..3000].{"a": [$, $, $]})'],
])('%s fails its step, at once and for good', async (_name, expression) => {
  const { status, code, attempts } = await runStep(member, expression);
  // Which of its limits it meets first is a matter of pace.
  expect(['MEMORY', 'EXPRESSION_TIMEOUT', 'TIMEOUT', 'EXPRESSION']).toContain(code);
  expect({ status, attempts }).toEqual({ status: 'FAILED', attempts: 1 });
});

test('an agent whose expression takes too much memory is not tried again', async () => {
  const agentId = await registerAgent(member.graph, {
    ...builtin('TRANSFORM', { expression: '$reverse([1..9999999])' }),
    ...FAST,
  });
  const { status, attempts, error } = await executeAgent(member.graph, agentId, { input: {}, wait: true });
  expect({ status, attempts, error }).toEqual({
    status: 'FAILED',
    attempts: 1,
    error: { code: 'EXPRESSION_MEMORY', retryable: false },
  });
});

test('6,000 rows are sorted', async () => {
  const rows = Array.from({ length: 6_000 }, (_, n) => ({ n: (n * 7_919) % 6_000, text: 'x'.repeat(30) }));
  const { status, result } = await runStep(member, '$count($sort(input.rows, function($a, $b) { $a.n > $b.n }))', {
    rows,
  });
  expect({ status, result }).toEqual({ status: 'COMPLETED', result: 6_000 });
});

test('endless expressions of one member leave room for another, and the process has lived through all of it', async () => {
  const endless = '($f := function($n){ $n < 0 ? 0 : $f($n + 1) }; $f(1))';
  const workflowId = await createWorkflow(member.graph, {
    steps: [transformStep('work', endless, { retryCount: 0 })],
  });
  const running = await Promise.all(Array.from({ length: 12 }, () => executeWorkflow(member.graph, workflowId)));
  const text = builtin('TEMPLATE', { template: '{% assign a = "b c" | split: " " %}{{ a | join: "-" }}' });
  const agentId = await registerAgent(neighbour.graph, text);
  const begun = performance.now();
  const { output } = await executeAgent(neighbour.graph, agentId, { input: {}, wait: true });
  expect(output).toEqual({ text: 'b-c' });
  // Behind all twelve it would be more than twelve seconds.
  expect(performance.now() - begun).toBeLessThan(6_000);
  for (const id of running) {
    expect((await executionEnds(member.graph, id, 60_000)).status).toBe('FAILED');
  }
  expect(product.child.running).toBe(true);
  expect(readFileSync(product.logFile, 'utf8')).not.toMatch(/"level":(50|60)|heap limit|core dumped/);
});
