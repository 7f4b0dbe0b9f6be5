import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kind, type InputValueDefinitionNode } from 'graphql';
import { fieldsOf } from '../access/root-fields.ts';
import { createWorkflow, executeAgent, executeWorkflow, registerAgent, transformStep } from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { sendNotifications } from '../harness/notifications.ts';
import { startProduct } from '../harness/product.ts';
import type { ProductAddress } from '../harness/test-config.ts';
import { startTopology } from '../harness/topology.ts';
import { makeUser, unique } from '../harness/users.ts';
import { EVENT_STREAM, MULTIPART, POST_JSON, POST_RESPONSE_JSON, WEB_SOCKET, type Transport } from './transports.ts';

/**
 * The object that a subscription follows, for each that follows one: makes one and gives its id. A new subscription
 * with an id has to be entered here; all else is read from the schema.
 */
const FOLLOWED: Readonly<Record<string, (owner: GraphClient) => Promise<string>>> = {
  agentExecutionUpdates: async (owner) =>
    (await executeAgent(owner, await registerAgent(owner), { input: {}, wait: true })).id,
  workflowExecutionUpdates: async (owner) =>
    executeWorkflow(owner, await createWorkflow(owner, { steps: [transformStep('one', '1')] })),
  workflowExecutionLogs: async (owner) =>
    executeWorkflow(owner, await createWorkflow(owner, { steps: [transformStep('one', '1')] })),
  notificationDeliveryUpdates: async (owner) =>
    (await sendNotifications(owner, [{ channel: 'IN_APP', content: 'Hello' }]))[0]!,
  notificationBulkUpdates: async (owner) => {
    const { bulk } = await owner.mutate<{ bulk: { id: string } }>(
      `mutation ($input: SendBulkNotificationsInput!) {
        sendBulkNotifications(input: $input) { ... on SendBulkNotificationsSuccess { bulk { id } } }
      }`,
      { input: { channel: 'IN_APP', content: 'Hello', recipients: [{}] } },
    );
    return bulk.id;
  },
  contextChanged: async (owner) => {
    const { context } = await owner.mutate<{ context: { id: string } }>(
      `mutation ($input: CreateContextInput!) {
        createContext(input: $input) { ... on CreateContextSuccess { context { id } } }
      }`,
      { input: { name: unique('followed'), type: 'memory' } },
    );
    return context.id;
  },
};

interface People {
  /** Whose objects are followed. */
  readonly owner: string;
  readonly stranger: string;
  /** A key that may do nothing that any subscription needs. */
  readonly powerless: string;
}

interface Mistake {
  readonly field: string;
  readonly mistake: string;
  readonly token: keyof People | null;
  /** Arguments of the field; `OWN` stands for the id of the owner's object. */
  readonly args: Readonly<Record<string, string>>;
  readonly code: string;
  readonly message: string | RegExp;
  readonly status: number;
}

const OWN = 'the id of the object';
const NOT_SIGNED_IN =
  'Sign in first: send `Authorization: Bearer <access token>`, over a WebSocket as `authorization` in the connection parameters.';

const isRequired = ({ type }: InputValueDefinitionNode) => type.kind === Kind.NON_NULL_TYPE;

/** Every mistake that can be made with each subscription of the schema. */
const MISTAKES: readonly Mistake[] = fieldsOf('Subscription').flatMap(
  ({ name, arguments: defined = [] }): Mistake[] => {
    const field = name.value;
    const id = defined.find(isRequired)?.name.value;
    const own = id === undefined ? {} : { [id]: OWN };
    const wrong = (mistake: string, args: Mistake['args'], message: Mistake['message']): Mistake => {
      return {
        field,
        mistake,
        token: 'owner',
        args: { ...own, ...args },
        code: 'BAD_USER_INPUT',
        message,
        status: 400,
      };
    };
    const ofCursors = (): Mistake[] => [
      ...['made up', '', '-1', '1.5'].map((after) =>
        wrong(`a cursor that was never given: "${after}"`, { after }, 'after: is not a cursor of this subscription.'),
      ),
      wrong(
        'a cursor ahead of everything',
        { after: id === undefined ? '9999999999999:1' : '999999999' },
        'after: lies ahead of everything there is; subscribe again without it.',
      ),
    ];
    const ofIds = (name: string): Mistake[] => {
      const missing = new RegExp(`^${name}: There is no such \\w+, or you may not see it\\.$`);
      const unknown = wrong('an id that is none', { [name]: 'nope' }, missing);
      return [unknown, { ...unknown, mistake: 'the id of somebody else', token: 'stranger', args: own }];
    };
    return [
      ...(defined.some(({ name }) => name.value === 'after') ? ofCursors() : []),
      ...(id === undefined ? [] : ofIds(id)),
      {
        ...wrong('nobody signed in', {}, NOT_SIGNED_IN),
        token: null,
        code: 'UNAUTHENTICATED',
        status: 401,
      },
      { ...wrong('no right', {}, /\w+:\w+/), token: 'powerless', code: 'FORBIDDEN', status: 403 },
    ];
  },
);

test('every subscription is known', () => {
  const fields = new Set(MISTAKES.map(({ field }) => field));
  expect(fields.size).toBeGreaterThanOrEqual(8);
  const following = MISTAKES.filter(({ args }) => Object.values(args).includes(OWN)).map(({ field }) => field);
  expect([...new Set(following)].sort()).toEqual(Object.keys(FOLLOWED).sort());
});

const STREAMS = [EVENT_STREAM, MULTIPART, WEB_SOCKET];
const REQUEST_ID = /^[\w.:-]{8,128}$/;

/** How each transport says it, by its protocol. */
function formOf(transport: Transport, status: number): string {
  if (transport === WEB_SOCKET) return 'error';
  if (transport === MULTIPART) return `${status} application/graphql-response+json`;
  return status === 401 ? '401 application/json' : '200 text/event-stream: next, complete';
}

interface Started extends ProductAddress {
  stop(): Promise<void>;
}

describe.each<[string, () => Promise<Started>]>([
  ['in one process', () => startProduct()],
  ['in processes of their own', () => startTopology()],
])('subgraphs %s', (_name, start) => {
  let product: Started;
  let people: People;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    product = await start();
    const [owner, stranger] = await Promise.all([makeUser(product), makeUser(product)]);
    const { key } = await owner.graph.mutate<{ key: string }>(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { ... on CreateApiKeySuccess { key } } }',
      { input: { name: 'powerless', scopes: ['agent:execute'] } },
    );
    people = { owner: owner.accessToken, stranger: stranger.accessToken, powerless: key };
    for (const [field, make] of Object.entries(FOLLOWED)) ids.set(field, await make(owner.graph));
  }, 180_000);
  afterAll(() => product?.stop());

  const ask = ({ ask }: Transport, { field, args, token }: Mistake) => {
    const given = Object.entries(args).map(
      ([name, value]) => `${name}: ${JSON.stringify(value === OWN ? ids.get(field) : value)}`,
    );
    const body = {
      query: `subscription { ${field}${given.length > 0 ? `(${given.join(', ')})` : ''} { __typename } }`,
    };
    return ask(product.url, { body, token: token && people[token] });
  };

  test.each(MISTAKES)('$field, $mistake: the same on every transport', async (made) => {
    for (const transport of STREAMS) {
      const { form, code, message, requestId, headers } = await ask(transport, made);
      expect({ transport: transport.name, form, code, message }).toEqual({
        transport: transport.name,
        form: formOf(transport, made.status),
        code: made.code,
        message: typeof made.message === 'string' ? made.message : expect.stringMatching(made.message),
      });
      expect(requestId).toMatch(REQUEST_ID);
      if (headers['x-request-id']) expect(requestId).toBe(headers['x-request-id']);
    }
    // No answer of one piece carries a subscription, whatever is wrong with it.
    for (const transport of [POST_JSON, POST_RESPONSE_JSON]) {
      expect(await ask(transport, made)).toMatchObject({ form: expect.stringMatching(/^406 /), code: 'BAD_REQUEST' });
    }
  });

  test('nothing of it was an error of ours', () => {
    const errors = readFileSync(product.logFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"level":50') || line.includes('"level":60') || line.includes('INTERNAL'));
    expect(errors).toEqual([]);
  });
});
