import { GraphQLError, type ExecutionResult } from 'graphql';
import { rateLimited, unavailable } from '@flowmesh/platform/errors';
import { retryAfterOf, statusOfResult } from './refusal.ts';

const limited = rateLimited('Too many attempts.', 30);
const away = unavailable('Away.');
const wrong = new GraphQLError('wrong', { extensions: { code: 'BAD_USER_INPUT' } });

test.each([
  ['nothing wrong', { data: { a: null } }, 200, 200],
  ['all of it tried too often', { data: null, errors: [limited] }, 429, 429],
  ['each field of it tried too often', { data: { a: null, b: null }, errors: [limited, limited] }, 429, 200],
  ['one of two fields tried too often', { data: { a: null, b: 1 }, errors: [limited] }, 200, 200],
  ['all of it away', { data: null, errors: [away, away] }, 503, 503],
  ['away, and tried too often', { data: null, errors: [away, limited] }, 200, 200],
  ['an error of the client', { data: null, errors: [wrong] }, 200, 200],
])('HTTP says of %s: %j', (_what, result, json, responseJson) => {
  const statusOf = (nullIsNothing: boolean) => statusOfResult(result, { nullIsNothing, mayBeDone: false });
  expect([statusOf(true), statusOf(false)]).toEqual([json, responseJson]);
});

test('nobody is told to try again what may have been done in part', () => {
  const statusOf = (result: ExecutionResult) => statusOfResult(result, { nullIsNothing: true, mayBeDone: true });
  expect(statusOf({ data: null, errors: [limited] })).toBe(200);
  expect(statusOf({ data: { a: null, b: null }, errors: [away, away] })).toBe(503);
});

test('tells after how many seconds it makes sense again', () => {
  expect(retryAfterOf([limited])).toBe(30);
});
