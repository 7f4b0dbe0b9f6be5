import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CloseCode } from 'graphql-ws';
import { sql } from '../harness/databases.ts';
import { expiredToken } from '../harness/expired-token.ts';
import { createWorkflow, echoAgent, executeWorkflow, executionEnds, transformStep } from '../harness/fixtures.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser, type TestUser } from '../harness/users.ts';
import { apolloHttp, apolloSocket } from './adapters/apollo.ts';
import { eventSource } from './adapters/event-source.ts';
import { graphqlRequest } from './adapters/graphql-request.ts';
import { graphqlSse } from './adapters/graphql-sse.ts';
import { graphqlWs } from './adapters/graphql-ws.ts';
import { plainFetch } from './adapters/plain-fetch.ts';
import { relay } from './adapters/relay.ts';
import { urqlEventStream, urqlFetch, urqlSocket } from './adapters/urql.ts';
import type { MakeClient, Outcome, TestClient } from './client.ts';

interface Row {
  readonly name: string;
  readonly make: MakeClient;
  /** All it tells of a token that is not good: the close code of its socket, or a status. */
  readonly refused?: number;
  /** It can only send GET. */
  readonly readsOnly?: true;
  readonly subscribes: boolean;
}

const CLIENTS: readonly Row[] = [
  { name: 'Apollo Client, HttpLink, multipart', make: apolloHttp, subscribes: true },
  { name: 'Apollo Client, GraphQLWsLink', make: apolloSocket, refused: CloseCode.Forbidden, subscribes: true },
  { name: 'urql, its own fetch', make: urqlFetch, subscribes: true },
  { name: 'urql, graphql-sse', make: urqlEventStream, subscribes: true },
  { name: 'urql, graphql-ws', make: urqlSocket, subscribes: true },
  { name: 'relay-runtime, graphql-ws', make: relay, subscribes: true },
  { name: 'graphql-request', make: graphqlRequest, subscribes: false },
  { name: 'graphql-ws', make: graphqlWs, refused: CloseCode.Forbidden, subscribes: true },
  { name: 'graphql-sse', make: graphqlSse, subscribes: true },
  { name: 'EventSource', make: eventSource, refused: 401, readsOnly: true, subscribes: true },
  { name: 'fetch', make: plainFetch, subscribes: false },
];

let product: Product;
let user: TestUser;
let expired: string;

beforeAll(async () => {
  product = await startProduct();
  user = await makeUser(product);
  expired = await expiredToken(product, user.accessToken);
});
afterAll(() => product?.stop());

async function using<T>(make: MakeClient, token: string | null, work: (client: TestClient) => Promise<T>): Promise<T> {
  const client = make({ url: `${product.url}/graphql`, token });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const AGENTS = 'query Agents($first: Int) { agents(first: $first) { nodes { id } } me { id } }';
const REGISTER = `mutation Register($input: RegisterAgentInput!) {
  registerAgent(input: $input) { __typename ... on RegisterAgentSuccess { agent { id name } } }
}`;

const problemsOf = ({ errors }: Outcome) =>
  errors.map(({ message, extensions }) => ({ code: extensions?.code, message }));

describe.each(CLIENTS)('$name', ({ make, refused, readsOnly, subscribes }) => {
  test('asks a query with variables', async () => {
    const outcome = await using(make, user.accessToken, (client) => client.query(AGENTS, { first: 5 }));
    expect(outcome.errors).toEqual([]);
    expect(outcome.data).toMatchObject({ agents: { nodes: expect.any(Array) }, me: { id: user.id } });
  });

  const input = () => echoAgent();
  if (readsOnly) {
    test('sends no mutation, as it could be made to by any page', async () => {
      const given = input();
      await using(make, user.accessToken, async (client) => {
        const outcome = await client.mutate(REGISTER, { input: given }).catch((error: unknown) => error);
        expect(outcome).not.toMatchObject({ data: { registerAgent: expect.anything() } });
      });
      expect(await sql(product, 'agent', 'select 1 from agents where name = $1', [given.name])).toEqual([]);
    });
  } else {
    test('sends a mutation', async () => {
      const given = input();
      const outcome = await using(make, user.accessToken, (client) => client.mutate(REGISTER, { input: given }));
      expect(outcome.errors).toEqual([]);
      expect(outcome.data).toMatchObject({
        registerAgent: { __typename: 'RegisterAgentSuccess', agent: { name: given.name } },
      });
    });
  }

  test('is told what is wrong with a document', async () => {
    const outcome = await using(make, user.accessToken, (client) => client.query('{ me { id shoeSize } }', {}));
    expect(problemsOf(outcome)).toEqual([
      { code: 'GRAPHQL_VALIDATION_FAILED', message: 'Cannot query field "shoeSize" on type "User".' },
    ]);
    expect(outcome.errors[0]!.extensions?.requestId).toMatch(/^[\w.:-]{8,}$/);
  });

  test('is told what is wrong with a variable', async () => {
    const outcome = await using(make, user.accessToken, (client) => client.query(AGENTS, { first: 'many' }));
    expect(problemsOf(outcome)).toEqual([
      { code: 'BAD_USER_INPUT', message: expect.stringContaining('first') as unknown as string },
    ]);
  });

  describe.each([
    ['a bad token', 'UNAUTHENTICATED', () => `${user.accessToken.slice(0, -8)}AAAAAAAA`],
    ['an expired token', 'ACCESS_TOKEN_EXPIRED', () => expired],
  ])('with %s', (_name, code, token) => {
    test('is told to sign in', async () => {
      const outcome = await using(make, token(), (client) => client.query(AGENTS, {}));
      if (refused !== undefined) {
        expect(outcome).toEqual({ data: null, errors: [], code: refused });
      } else {
        expect(problemsOf(outcome)).toEqual([
          { code, message: expect.stringContaining('access token') as unknown as string },
        ]);
      }
    });
  });

  if (subscribes) {
    test('misses nothing and sees nothing twice when its connection is cut', async () => {
      const workflowId = await createWorkflow(user.graph, {
        steps: [transformStep('a', '1'), transformStep('b', '2')],
      });
      const line = await TcpProxy.start(product.port);
      const client = make({ url: `http://127.0.0.1:${line.port}/graphql`, token: user.accessToken });
      const subscriber = follow(client, workflowId);
      try {
        await until('the subscriber has begun', () => subscriber.variables.after);
        const ids = [await executeWorkflow(user.graph, workflowId)];
        await until('the first has been seen', () => subscriber.ended.has(ids[0]!));
        line.cut();
        // Happens while nobody can be told.
        ids.push(await executeWorkflow(user.graph, workflowId));
        await executionEnds(user.graph, ids[1]!);
        line.restore(product.port);
        await until('the second has been seen', () => subscriber.ended.has(ids[1]!));
        ids.push(await executeWorkflow(user.graph, workflowId));
        await until('the third has been seen', () => subscriber.ended.has(ids[2]!));
        expect(subscriber.problems).toEqual([]);
        expect(subscriber.seen).toEqual(await eventsOf(ids));
      } finally {
        subscriber.leave();
        await client.close();
        await line.stop();
      }
    });
  }
});

const EVENTS = `subscription Events($workflowId: ID!, $after: String) {
  workflowExecutionEvents(filter: { workflowId: $workflowId }, after: $after) { cursor type executionId stepId }
}`;

interface Event {
  readonly cursor: string;
  readonly type: string | null;
  readonly executionId: string | null;
  readonly stepId: string | null;
}

/** What an application does: keeps its last cursor, and subscribes again behind it when the stream has ended. */
function follow(client: TestClient, workflowId: string) {
  const variables: { workflowId: string; after?: string } = { workflowId };
  const seen: string[] = [];
  const problems: unknown[] = [];
  const ended = new Set<string>();
  let leave: (() => void) | undefined;
  let left = false;
  const begin = () => {
    if (left) return;
    let over = false;
    leave = client.subscribe?.(EVENTS, variables, {
      next: ({ data, errors }) => {
        if (errors.length > 0) problems.push(...errors);
        const event = (data as { workflowExecutionEvents?: Event } | null)?.workflowExecutionEvents;
        if (!event) return;
        variables.after = event.cursor;
        if (event.type !== null) seen.push([event.executionId, event.type, event.stepId].join(' '));
        if (event.type === 'EXECUTION_COMPLETED') ended.add(event.executionId!);
      },
      ended: () => {
        if (over) return;
        over = true;
        setTimeout(begin, 25);
      },
    });
  };
  begin();
  return {
    variables,
    seen,
    problems,
    ended,
    leave: () => {
      left = true;
      leave?.();
    },
  };
}

/** The log of these executions, as the database has it. */
async function eventsOf(ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ stream: string; type: string; step: string | null }>(
    product,
    'workflow',
    `select stream, type, payload->>'stepId' as step from outbox_events
     where stream = any($1) order by transaction_id, id`,
    [ids.map((id) => `workflow-execution:${id}`)],
  );
  return rows.map(({ stream, type, step }) =>
    [stream.replace('workflow-execution:', ''), shownType(type), step].join(' '),
  );
}

/** `workflow.step.started` is STEP_STARTED in the graph. */
const shownType = (type: string) => type.replace('workflow.', '').replaceAll('.', '_').toUpperCase();
