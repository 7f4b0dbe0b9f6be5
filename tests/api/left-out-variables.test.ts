import { beforeAll, describe, expect, test } from '@jest/globals';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import { executeAgent, registerAgent, REGISTER_AGENT, echoAgent, transformStep } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let admin: TestUser;
beforeAll(async () => {
  [user, admin] = await Promise.all([makeUser(product), administrator(product)]);
});

interface Kept {
  /** The object with all that can be changed of it, through the graph. */
  readonly show: string;
  readonly by?: 'admin';
  /** Makes one with a value in each field; gives its id, if it has one. */
  make(): Promise<string | undefined>;
}

const create = async (
  who: TestUser,
  name: string,
  input: object,
  selection: string,
  type = `${name[0]!.toUpperCase()}${name.slice(1)}`,
) => {
  const result = await who.graph.mutate<Record<string, { id: string } | undefined>>(
    `mutation Create($input: ${type}Input!) { ${name}(input: $input) { __typename ... on ${type}Success { made: ${selection} { id } } ... on MutationError { message } } }`,
    { input },
  );
  if (!result.made) throw new Error(JSON.stringify(result));
  return result.made.id;
};

const LATER = '2999-01-01T00:00:00.000Z';
const context = () => ({
  name: unique('context'),
  type: 'kept',
  description: 'Remembers',
  metadata: { kept: 1 },
  tags: ['kept'],
  language: 'german',
  secretPolicy: 'MASK',
  expiresAt: LATER,
});

/** An entry for each mutation that changes only what is given to it. */
const UPDATES: Readonly<Record<string, Kept>> = {
  updateAgent: {
    show: `agent(id: $id) { name type description status capabilities inputSchema outputSchema timeoutSeconds concurrencyLimit tags metadata healthMode
      configuration { __typename ... on BuiltinConfiguration { function options } }
      retryPolicy { maxAttempts initialDelayMs maxDelayMs multiplier } }`,
    make: () =>
      registerAgent(user.graph, {
        ...echoAgent(),
        description: 'Repeats',
        health: 'HEARTBEAT',
        capabilities: ['echo'],
        inputSchema: { type: 'object' },
        outputSchema: { type: 'object' },
        timeoutSeconds: 7,
        retryPolicy: { maxAttempts: 4, initialDelayMs: 11, maxDelayMs: 12, multiplier: 1.5 },
        concurrencyLimit: 3,
        tags: ['kept'],
        metadata: { kept: [1, null] },
      }),
  },
  updateBudget: {
    show: 'budget(id: $id) { name scope subjectId period maxTokens maxCostUsd maxCalls maxSeconds warnAtPercent }',
    make: async () => {
      const limits = { maxTokens: 1_000, maxCostUsd: 1.5, maxCalls: 10, maxSeconds: 60, warnAtPercent: 70 };
      const subjectId = await registerAgent(user.graph, echoAgent());
      return create(user, 'createBudget', { name: 'Kept', scope: 'AGENT', subjectId, ...limits }, 'budget');
    },
  },
  updateRole: {
    by: 'admin',
    show: 'role(id: $id) { name description scopes }',
    make: () =>
      create(admin, 'createRole', { name: unique('role'), description: 'Reads', scopes: ['agent:read'] }, 'role'),
  },
  updateServiceAccount: {
    by: 'admin',
    show: 'serviceAccount(id: $id) { name description status owner { id } }',
    make: () =>
      create(admin, 'createServiceAccount', { name: unique('machine'), description: 'Works' }, 'serviceAccount'),
  },
  updateUser: {
    show: 'user(id: $id) { username firstName lastName metadata email }',
    make: async () => {
      await user.graph.query(
        'mutation { updateUser(input: { firstName: "Ada", lastName: "Lovelace", metadata: { kept: true } }) { __typename } }',
      );
      return user.id;
    },
  },
  updateNotificationPreferences: {
    show: `notificationPreferences { timeZone quietHours { from until days } language allowTracking
      rules { channel category isEnabled digestMinutes } }`,
    make: async () => {
      await user.graph.query(`mutation { updateNotificationPreferences(input: {
        timeZone: "Europe/Vienna", quietHours: { from: "22:00", until: "06:00", days: [MONDAY] }, language: "de",
        allowTracking: false, rules: [{ channel: EMAIL, category: "news", isEnabled: true, digestMinutes: 30 }]
      }) { __typename } }`);
      return undefined;
    },
  },
  updateNotificationTemplate: {
    show: `notificationTemplate(id: $id) { name description category subjectTemplate contentTemplate htmlTemplate language
      isActive isShared variables { name } translations { language contentTemplate } layout { id } }`,
    make: async () => {
      const name = () => unique('template');
      const layout = { name: name(), channel: 'EMAIL', kind: 'LAYOUT', contentTemplate: '{{ content }}' };
      const layoutId = await create(user, 'createNotificationTemplate', layout, 'template');
      const template = {
        name: name(),
        description: 'Says hello',
        channel: 'EMAIL',
        category: 'news',
        subjectTemplate: 'Hello',
        contentTemplate: 'Hello {{ name }}',
        htmlTemplate: '<p>Hello</p>',
        variables: [{ name: 'name' }],
        language: 'de',
        translations: [{ language: 'fr', subjectTemplate: 'Bonjour', contentTemplate: 'Bonjour {{ name }}' }],
        layoutId,
        isActive: false,
      };
      return create(user, 'createNotificationTemplate', template, 'template');
    },
  },
  updateWebhookEndpoint: {
    show: 'webhookEndpoint(id: $id) { description headerNames }',
    make: () =>
      create(
        user,
        'createWebhookEndpoint',
        { url: `http://127.0.0.1:9/${unique('hook')}`, description: 'Hook', headers: { 'x-key': 'secret' } },
        'endpoint',
      ),
  },
  updateIntegration: {
    show: `integration(id: $id) { name description status configuration credentialsSet tags metadata
      operations { name } policy { maxConcurrency timeoutMs cacheSeconds rateLimit { calls perSeconds }
        circuitBreaker { minimumCalls } retry { maxAttempts } } }`,
    make: () =>
      create(
        user,
        'registerIntegration',
        {
          name: unique('integration'),
          type: 'HTTP',
          description: 'Answers',
          configuration: { baseUrl: 'http://127.0.0.1:2', authentication: { type: 'BEARER' } },
          credentials: { token: 'kept' },
          operations: [{ name: 'find', method: 'GET', path: '/' }],
          policy: {
            maxConcurrency: 3,
            cacheSeconds: 4,
            rateLimit: { calls: 5, perSeconds: 6 },
            retry: { maxAttempts: 7 },
          },
          tags: ['kept'],
          metadata: { kept: 1 },
        },
        'integration',
      ),
  },
  updateContext: {
    show: `context(id: $id) { name type description status metadata tags language secretPolicy expiresAt }`,
    make: () => create(user, 'createContext', context(), 'context'),
  },
  updateContextLayer: {
    show: `contextLayer(id: $id) { layerType data order arrays expiresAt }`,
    make: async () => {
      const contextId = await create(user, 'createContext', context(), 'context');
      const layer = { contextId, layerType: 'kept', data: { kept: 1 }, order: 7, arrays: 'APPEND', expiresAt: LATER };
      return create(user, 'addContextLayer', layer, 'layer');
    },
  },
  updateWorkflow: {
    show: `workflow(id: $id) { name description type inputSchema config tags metadata steps { id stepType config } }`,
    make: () =>
      create(
        user,
        'createWorkflow',
        {
          name: unique('workflow'),
          description: 'Works',
          type: 'PARALLEL',
          inputSchema: { type: 'object' },
          config: { concurrency: 2 },
          tags: ['kept'],
          metadata: { kept: 1 },
          steps: [transformStep('a', '1')],
        },
        'workflow',
      ),
  },
  updateWorkflowTrigger: {
    show: `workflowTrigger(id: $id) {
      name cron timeZone eventType integrationId filter input inputExpression overlap misfire status nextRuns
    }`,
    make: async () => {
      const workflow = { name: unique('workflow'), steps: [transformStep('a', '1')] };
      const workflowId = await create(user, 'createWorkflow', workflow, 'workflow');
      const schedule = { kind: 'SCHEDULE', cron: '30 2 * * *', timeZone: 'Europe/Berlin', misfire: 'SKIP' };
      const trigger = { workflowId, name: unique('trigger'), ...schedule, overlap: 'QUEUE', input: { n: 1 } };
      return create(user, 'createWorkflowTrigger', trigger, 'trigger');
    },
  },
  updateWorkflowTemplate: {
    show: `workflowTemplate(id: $id) { name description isShared tags parameters roles { name } definition }`,
    make: async () => {
      const steps = [transformStep('a', 'context.limit')];
      const workflow = { name: unique('workflow'), config: { limit: 2 }, steps };
      const workflowId = await create(user, 'createWorkflow', workflow, 'workflow');
      const template = { workflowId, name: unique('template'), description: 'Works', tags: ['kept'] };
      return create(user, 'saveWorkflowAsTemplate', template, 'template');
    },
  },
};

interface TypeRef {
  readonly kind: string;
  readonly name: string | null;
  readonly ofType: TypeRef | null;
}
const typeText = ({ kind, name, ofType }: TypeRef): string =>
  kind === 'NON_NULL' ? `${typeText(ofType!)}!` : kind === 'LIST' ? `[${typeText(ofType!)}]` : name!;

/** The mutation with a variable in every field of its input. */
async function withVariables(name: string): Promise<{ document: string; required: string[] }> {
  const input = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const { __type } = await user.graph.query<{ __type: { inputFields: { name: string; type: TypeRef }[] } }>(
    'query Fields($name: String!) { __type(name: $name) { inputFields { name type { ...T ofType { ...T ofType { ...T ofType { ...T } } } } } } } fragment T on __Type { kind name }',
    { name: input },
  );
  const variables = __type.inputFields.map((field) => `$${field.name}: ${typeText(field.type)}`);
  const fields = __type.inputFields.map((field) => `${field.name}: $${field.name}`);
  const required = __type.inputFields.filter(({ type }) => type.kind === 'NON_NULL').map((field) => field.name);
  const document = `mutation Update(${variables.join(', ')}) { ${name}(input: { ${fields.join(', ')} }) { __typename ... on MutationError { message } } }`;
  return { document, required };
}

describe('a field whose variable is left out stays as it is', () => {
  test('in every mutation that updates', async () => {
    const { __type } = await user.graph.query<{ __type: { fields: { name: string }[] } }>(
      '{ __type(name: "Mutation") { fields { name } } }',
    );
    const updates = __type.fields.map(({ name }) => name).filter((name) => name.startsWith('update'));
    expect(Object.keys(UPDATES).sort()).toEqual(updates.sort());
  });

  test.each(Object.entries(UPDATES))('%s', async (name, { show, by, make }) => {
    const { graph } = by === 'admin' ? admin : user;
    const id = await make();
    const see = () =>
      graph.query(
        id === undefined ? `{ ${show} }` : `query Show($id: ID!) { ${show} }`,
        id === undefined ? {} : { id },
      );
    const before = await see();
    const { document, required } = await withVariables(name);
    const given = {
      ...(id !== undefined && { id }),
      ...(required.includes('expectedVersion') && { expectedVersion: 1 }),
    };
    expect(await graph.query(document, given)).toEqual({
      [name]: { __typename: `${name[0]!.toUpperCase()}${name.slice(1)}Success` },
    });
    expect(await see()).toEqual(before);
  });

  test('secrets inside a configuration', async () => {
    const service = await HttpDouble.start((_call, response) => sendJson(response, { done: true }));
    const http = {
      url: `${service.url}/run`,
      headers: { 'x-key': 'very secret' },
      signingSecret: 'a signing secret of some length',
    };
    const id = await registerAgent(user.graph, { name: unique('http'), type: 'Remote', kind: 'HTTP', http });
    await user.graph.query(
      `mutation Update($id: ID!, $url: String!, $headers: JSONObject, $secret: String, $health: String) {
        updateAgent(input: { id: $id, http: { url: $url, headers: $headers, signingSecret: $secret, healthUrl: $health } }) { __typename }
      }`,
      { id, url: http.url },
    );
    await executeAgent(user.graph, id, { input: {}, wait: true });
    expect(service.calls[0]!.headers).toMatchObject({
      'x-key': 'very secret',
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
    await service.stop();
  });

  test('null removes what may be removed', async () => {
    const id = await registerAgent(user.graph, { ...echoAgent(), description: 'Repeats' });
    const set = `mutation Set($id: ID!, $d: String) { updateAgent(input: { id: $id, description: $d }) { ... on UpdateAgentSuccess { agent { description } } } }`;
    expect(await user.graph.query(set, { id })).toEqual({ updateAgent: { agent: { description: 'Repeats' } } });
    expect(await user.graph.query(set, { id, d: null })).toEqual({ updateAgent: { agent: { description: null } } });
  });
});

test('an order whose variables are left out is the default order', async () => {
  const alone = await makeUser(product);
  for (const name of ['b', 'a', 'c']) await alone.graph.mutate(REGISTER_AGENT, { input: { ...echoAgent(), name } });
  const names = '{ nodes { name } }';
  const ordered = await alone.graph.query<{ plain: unknown; ordered: unknown }>(
    `query Ordered($f: AgentOrderField, $d: OrderDirection, $owner: ID) {
      plain: agents(filter: { ownerId: $owner }) ${names} ordered: agents(filter: { ownerId: $owner }, orderBy: { field: $f, direction: $d }) ${names} }`,
    { owner: alone.id },
  );
  expect(ordered.plain).toEqual({ nodes: [{ name: 'c' }, { name: 'a' }, { name: 'b' }] });
  expect(ordered.ordered).toEqual(ordered.plain);
});
