import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { watchLoop } from '../harness/loop-watch.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

/**
 * The product is to hold its loop for less than 50 ms. Here others work on the machine too, so a request has failed when it takes twice
 * as long, eight times.
 */
const HELD_MS = 100;
const ATTEMPTS = 8;
const STEPS = 500;

let product: Product;
let member: TestUser;
let id: string;

beforeAll(async () => {
  product = await startProduct();
  member = await makeUser(product);
  id = await create('every step reads the one before');
  await member.graph.mutate(
    `mutation ($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { __typename ... on UpdateWorkflowSuccess { workflow { version } } } }`,
    { input: { id, steps: stepsOf(2) } },
  );
});
afterAll(() => product?.stop());

/** As many as there can be, each of which reads the one before and the first. */
const stepsOf = (value: number) =>
  Array.from({ length: STEPS }, (_, at) => ({
    id: `s${at}`,
    stepType: 'TRANSFORM',
    dependencies: at === 0 ? [] : [`s${at - 1}`],
    config: { expression: at === 0 ? `${value}` : `steps.s${at - 1}.result + steps.s0.result + ${value}` },
  }));

async function create(name: string): Promise<string> {
  const { workflow } = await member.graph.mutate<{ workflow: { id: string } }>(
    `mutation ($input: CreateWorkflowInput!) {
      createWorkflow(input: $input) { __typename ... on CreateWorkflowSuccess { workflow { id } } }
    }`,
    { input: { name, steps: stepsOf(1) } },
  );
  return workflow.id;
}

/** The shortest of a few: the machine does other things too. */
async function heldBy(work: (attempt: number) => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && least >= HELD_MS; attempt += 1) {
    least = Math.min(least, (await watchLoop(product, () => work(attempt))).heldMs);
  }
  return least;
}

/** The same field, as often as one operation may ask for it. */
const asked = (times: number, field: string) =>
  `query ($id: ID!) { ${Array.from({ length: times }, (_, at) => `f${at}: ${field}`).join(' ')} }`;
const DIFF = 'workflowVersionDiff(workflowId: $id, from: 1, to: 2) { steps { stepId change } }';
const PREFLIGHT = 'preflightWorkflow(id: $id) { ready }';

test('creating a workflow of 500 steps', async () => {
  expect(await heldBy((attempt) => create(`large ${attempt}`))).toBeLessThan(HELD_MS);
});

test.each([
  ['differences of versions', DIFF, 10, STEPS],
  ['looks before executions', PREFLIGHT, 6, undefined],
])('%s', async (_name, field, times, steps) => {
  const ask = async () => {
    const found = await member.graph.query<Record<string, { steps?: object[] }>>(asked(times, field), { id });
    expect(Object.values(found).map((each) => each.steps?.length)).toEqual(Array.from({ length: times }, () => steps));
  };
  expect(await heldBy(ask)).toBeLessThan(HELD_MS);
});

test.each([
  ['differences of versions', DIFF],
  ['looks before executions', PREFLIGHT],
])('twenty %s at once are refused', async (_name, field) => {
  const { data, errors } = await member.graph.ask(asked(20, field), { id });
  expect({ data, errors }).toMatchObject({
    data: undefined,
    errors: [{ message: expect.stringContaining('could produce') }],
  });
});
