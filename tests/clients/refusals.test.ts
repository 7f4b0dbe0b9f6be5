import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CloseCode } from 'graphql-ws';
import { expiredToken } from '../harness/expired-token.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';
import {
  byGet,
  EVENT_STREAM,
  GET,
  MULTIPART,
  POST_JSON,
  POST_RESPONSE_JSON,
  WEB_SOCKET,
  type Told,
  type Transport,
} from './transports.ts';

let product: Product;
let user: TestUser;
let expired: string;

beforeAll(async () => {
  product = await startProduct();
  user = await makeUser(product);
  expired = await expiredToken(product, user.accessToken);
});
afterAll(() => product?.stop());

interface Mistake {
  readonly name: string;
  readonly body: unknown;
  readonly token?: () => string | null;
  readonly code: string;
  readonly message: string | RegExp;
  /** Over HTTP, unless the transport streams its refusals. 400 when left out. */
  readonly status?: number;
  /** Where others refuse it for another reason first. All when left out. */
  readonly only?: readonly Transport[];
  /** No request of GraphQL at all, which protocols of streams have no message for. */
  readonly malformed?: true;
  /** Reason that a WebSocket is closed with, whose connection cannot begin with such a token. */
  readonly closes?: string;
}

const STREAMS: readonly Transport[] = [EVENT_STREAM, MULTIPART, WEB_SOCKET];
const TRANSPORTS: readonly Transport[] = [POST_JSON, POST_RESPONSE_JSON, GET, ...STREAMS];

const AGENTS = 'agents(first: 1) { nodes { id } }';
const nested = (levels: number): string =>
  levels === 0 ? 'id' : `executions(first: 1) { nodes { agent { ${nested(levels - 1)} } } }`;

const SIGN_IN =
  'Sign in first: send `Authorization: Bearer <access token>`, over a WebSocket as `authorization` in the connection parameters.';

const MISTAKES: readonly Mistake[] = [
  {
    name: 'a syntax error',
    body: { query: '{ me { id }' },
    code: 'GRAPHQL_PARSE_FAILED',
    message: 'Syntax Error: Expected Name, found <EOF>.',
  },
  {
    name: 'an unknown field',
    body: { query: '{ me { shoeSize } }' },
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Cannot query field "shoeSize" on type "User".',
  },
  {
    name: 'an unknown field of a subscription',
    body: { query: 'subscription { nothing { id } }' },
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Cannot query field "nothing" on type "Subscription".',
  },
  {
    name: 'an operation name that is not there',
    body: { query: 'query One { me { id } } query Two { me { id } }', operationName: 'Three' },
    code: 'BAD_USER_INPUT',
    message: 'operationName: must be one of One, Two',
  },
  {
    name: 'no operation name for two operations',
    body: { query: 'query One { me { id } } query Two { me { id } }' },
    code: 'BAD_USER_INPUT',
    message: 'operationName: must be one of One, Two',
  },
  {
    name: 'an empty operation name for two operations',
    body: { query: 'query One { me { id } } query Two { me { id } }', operationName: '' },
    code: 'BAD_USER_INPUT',
    message: 'operationName: must be one of One, Two',
  },
  {
    name: 'fragments only',
    body: { query: 'fragment F on User { id }' },
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Fragment "F" is never used.',
  },
  {
    name: 'a missing variable',
    body: { query: 'query ($id: ID!) { agent(id: $id) { id } }' },
    code: 'BAD_USER_INPUT',
    message: 'id: is missing; it must be of the type ID!',
  },
  {
    name: 'a missing variable of a subscription',
    only: STREAMS,
    body: { query: 'subscription ($id: ID!) { workflowExecutionUpdates(id: $id) { cursor } }' },
    code: 'BAD_USER_INPUT',
    message: 'id: is missing; it must be of the type ID!',
  },
  {
    name: 'a variable of the wrong type',
    body: { query: `query ($n: Int) { agents(first: $n) { nodes { id } } }`, variables: { n: 'many' } },
    code: 'BAD_USER_INPUT',
    message: 'n: Int cannot represent non-integer value: "many"',
  },
  {
    name: 'a DateTime that is none',
    body: {
      query: 'query ($t: DateTime) { auditLogs(filter: { from: $t }) { nodes { id } } }',
      variables: { t: 'yesterday' },
    },
    code: 'BAD_USER_INPUT',
    message: 't: must be a time such as "2026-01-31T12:00:00Z"',
  },
  {
    name: 'variables that are no object',
    body: { query: `{ ${AGENTS} }`, variables: [1] },
    code: 'BAD_REQUEST',
    message: 'variables: must be a JSON object.',
    malformed: true,
  },
  {
    name: 'nobody signed in',
    body: { query: `{ ${AGENTS} }` },
    token: () => null,
    code: 'UNAUTHENTICATED',
    status: 401,
    message: SIGN_IN,
  },
  {
    name: 'nobody signed in for a subscription',
    only: STREAMS,
    body: { query: 'subscription { agentEvents { cursor } }' },
    token: () => null,
    code: 'UNAUTHENTICATED',
    status: 401,
    message: SIGN_IN,
  },
  {
    name: 'too few rights',
    body: { query: '{ users { nodes { id } } }' },
    code: 'FORBIDDEN',
    status: 403,
    message: /user:read-any/,
  },
  {
    name: 'an expired token',
    body: { query: `{ ${AGENTS} }` },
    token: () => expired,
    code: 'ACCESS_TOKEN_EXPIRED',
    status: 401,
    message: /^The access token has expired\./,
    closes: 'Access token expired',
  },
  {
    name: 'a bad token',
    body: { query: `{ ${AGENTS} }` },
    token: () => 'a.b.c',
    code: 'UNAUTHENTICATED',
    status: 401,
    message: /^The access token is not valid\./,
    closes: 'The access token is not valid. Sign in again.',
  },
  {
    name: 'too many levels',
    body: { query: `{ agents(first: 1) { nodes { ${nested(8)} } } }` },
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /deep|depth|level/,
  },
  {
    name: 'too much to produce',
    body: {
      query: `{ agents(first: 100) { nodes { executions(first: 100) { nodes { agent { executions(first: 100) { nodes { id } } } } } } } }`,
    },
    code: 'BAD_USER_INPUT',
    message: /objects/,
  },
  {
    name: 'more passwords to hash than one operation may have',
    body: {
      query: `mutation { ${Array.from({ length: 4 }, (_, at) => `a${at}: login(input: { identifier: "nobody", password: "wrong" }) { __typename }`).join(' ')} }`,
    },
    only: [POST_JSON, POST_RESPONSE_JSON, EVENT_STREAM, MULTIPART, WEB_SOCKET],
    token: () => null,
    code: 'BAD_USER_INPUT',
    message: /^query: could produce 32,\d{3} objects, more than the 25,000 of one operation/,
  },
  {
    name: 'too many aliases',
    body: { query: `{ me { ${Array.from({ length: 400 }, (_, index) => `a${index}: id`).join(' ')} } }` },
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /\d/,
  },
  {
    name: 'no query',
    body: {},
    code: 'BAD_REQUEST',
    malformed: true,
    message: 'query: must be the text of a GraphQL document.',
  },
];

const REQUEST_ID = /^[\w.:-]{8,128}$/;

/** How each transport says it, by its protocol. */
function formOf(transport: Transport, { status = 400, closes, malformed }: Mistake): string {
  switch (transport) {
    case POST_JSON:
      return `${status} application/json`;
    case EVENT_STREAM:
      // What is wrong with the operation belongs into the stream; who asks wrongly is told by status.
      return status === 401 || malformed ? `${status} application/json` : '200 text/event-stream: next, complete';
    case WEB_SOCKET:
      return closes === undefined ? 'error' : `close ${CloseCode.Forbidden}`;
    default:
      return `${status} application/graphql-response+json`;
  }
}

/** What a socket is closed with, which has no room for more than a few words. */
const closing = ({ closes = '' }: Mistake) => ({ code: undefined, message: closes });

const withoutId = ({ form, code, message }: Told) => ({ form, code, message });

describe.each(MISTAKES)('$name', (mistake) => {
  test.each(mistake.only ?? TRANSPORTS)('$name', async (transport) => {
    const token = mistake.token ? mistake.token() : user.accessToken;
    const told = await transport.ask(product.url, { body: mistake.body, token });
    const form = formOf(transport, mistake);
    const closed = form.startsWith('close');
    const { code, message } = closed ? closing(mistake) : mistake;
    expect(withoutId(told)).toEqual({
      form,
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    if (!closed) expect(told.requestId).toMatch(REQUEST_ID);
    if (told.headers['x-request-id']) expect(told.requestId).toBe(told.headers['x-request-id']);
  });
});

const SUBSCRIPTION = { query: 'subscription { workflowExecutionEvents { cursor } }' };

describe('a subscription', () => {
  test.each([POST_JSON, POST_RESPONSE_JSON, GET])('is not answered as JSON: $name', async ({ ask }) => {
    const told = await ask(product.url, { body: SUBSCRIPTION, token: user.accessToken });
    expect(told).toMatchObject({
      form: expect.stringMatching(/^406 /),
      code: 'BAD_REQUEST',
      message: expect.stringContaining('text/event-stream'),
    });
  });
});

describe('a mutation by GET', () => {
  const body = { query: 'mutation { logoutEverywhere { __typename } }' };
  test.each(['application/json', 'application/graphql-response+json', 'text/event-stream', 'multipart/mixed', '*/*'])(
    'is refused where %s is accepted',
    async (accept) => {
      const told = await byGet(accept)(product.url, { body, token: user.accessToken });
      expect(told).toMatchObject({
        form: expect.stringMatching(/^405 /),
        code: 'BAD_REQUEST',
        headers: { allow: 'POST' },
      });
      // Nothing of it was done.
      expect((await user.graph.ask('{ me { id } }')).errors).toEqual([]);
    },
  );
});

describe('what is no request of GraphQL', () => {
  const HTTP = [POST_JSON, POST_RESPONSE_JSON, EVENT_STREAM, MULTIPART];
  test.each(HTTP)('no JSON: $name', async ({ ask }) => {
    const told = await ask(product.url, { body: '{"query":', token: user.accessToken });
    expect(told).toMatchObject({
      code: 'BAD_REQUEST',
      message: 'The body is not valid JSON: Unexpected end of JSON input.',
      requestId: expect.stringMatching(REQUEST_ID),
    });
  });

  test.each(HTTP)('a batch: $name', async ({ ask }) => {
    const told = await ask(product.url, { body: [{ query: '{ __typename }' }], token: user.accessToken });
    expect(told).toMatchObject({
      code: 'BAD_REQUEST',
      message: 'Batches are not offered: send one operation a request.',
      requestId: expect.stringMatching(REQUEST_ID),
    });
  });

  test.each(['{"query":', '[]', '{"id":"1","type":"subscribe"}', '{"id":"1","type":"subscribe","payload":[]}'])(
    'over a WebSocket: %s',
    async (body) => {
      expect(await WEB_SOCKET.ask(product.url, { body, token: user.accessToken })).toMatchObject({
        form: 'close 4400',
      });
    },
  );
});

test('nothing of it was an error of ours', () => {
  const errors = readFileSync(product.logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"level":50') || line.includes('"level":60') || line.includes('INTERNAL'));
  expect(errors).toEqual([]);
});
