import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { createWorkflow, executeWorkflow, showExecution } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { expectAsInterpreted, sentBy } from '../harness/random-workflows/checking.ts';
import type { Node, Work } from '../harness/random-workflows/nodes.ts';
import { answer, startOutside } from '../harness/random-workflows/outside.ts';
import { Reference } from '../harness/random-workflows/reference.ts';
import { makeSurroundings } from '../harness/random-workflows/surroundings.ts';
import { written } from '../harness/random-workflows/written.ts';
import { makeUser } from '../harness/users.ts';

const product = sharedProduct();
let outside: Awaited<ReturnType<typeof startOutside>>;
beforeAll(async () => {
  outside = await startOutside();
});
afterAll(() => outside?.stop());

const plain = { never: false, onSkip: 'CONTINUE', continueOnFailure: false, onFailure: [] } as const;
const inARow = (works: readonly Work[], name: string): Node[] =>
  works.map((does, index) => ({
    ...plain,
    ...{ id: `${name}${index}`, does },
    dependencies: index === 0 ? [] : [`${name}${index - 1}`],
  }));

test('a workflow with every step type at once does what each of them says', async () => {
  const say = { kind: 'TRANSFORM', fails: false } as const;
  const all = inARow(
    [
      say,
      { kind: 'CONDITION' },
      { kind: 'AGENT', failing: 1, retryCount: 1 },
      { kind: 'INTEGRATION', fails: false },
      { kind: 'NOTIFICATION', fails: false },
      { kind: 'CONTEXT', fails: false },
      { kind: 'DELAY' },
      { kind: 'WAIT_FOR_EVENT', fails: false },
      { kind: 'APPROVAL', fails: false },
      { kind: 'FOR_EACH', items: 2, goesOn: false, body: inARow([{ kind: 'CONTEXT', fails: false }, say], 'each') },
      { kind: 'LOOP', rounds: 2, body: inARow([{ kind: 'AGENT', failing: 0, retryCount: 0 }], 'again') },
      { kind: 'SUB_WORKFLOW', other: 0 },
    ],
    's',
  );
  const user = await makeUser(product);
  const inner = [inARow([say, { kind: 'INTEGRATION', fails: false }], 'inner')];
  const around = await makeSurroundings(product, user, outside, inner);
  const workflowId = await createWorkflow(user.graph, { contextMode: 'CREATE', steps: written(all, around) });
  const id = await executeWorkflow(user.graph, workflowId, { input: { run: 'all' } });
  await until('the execution ends', async () => {
    await answer(product, user.graph);
    return (await showExecution(user.graph, id)).status === 'COMPLETED';
  });
  const done = new Map([...outside.effects(), ...(await sentBy(product, user))]);
  const expected = new Reference(inner).interpret(all, 'all');
  expect(expected.effects.certain.size).toBe(9);
  await expectAsInterpreted(user, { id, run: 'all', nodes: all }, expected, done);
});
