import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { watchLoop } from '../harness/loop-watch.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';
import { LARGE_ANSWERS, makeLargeAnswers, objectsIn } from './large-answers.ts';

/**
 * How often a neighbour is answered meanwhile, at least: `npm run bench -- hostile` has milliseconds, which say little
 * while other tests run. Made in one piece, such an answer lets a neighbour through three or four times.
 */
const NEIGHBOURS_ANSWERED = 10;

let product: Product;
let member: TestUser;

beforeAll(async () => {
  product = await startProduct();
  member = await makeUser(product);
  await makeLargeAnswers(product, member.id);
});
afterAll(() => product?.stop());

test.each(LARGE_ANSWERS)('$name: others are answered meanwhile', async ({ query, objects }) => {
  const ask = () => member.graph.query<Parameters<typeof objectsIn>[0]>(query);
  await ask();
  const { result, neighbours } = await watchLoop(product, ask);
  expect(objectsIn(result)).toBe(objects);
  expect(neighbours).toBeGreaterThanOrEqual(NEIGHBOURS_ANSWERED);
});
