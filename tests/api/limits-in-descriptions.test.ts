import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { Kind, parse, type InputObjectTypeDefinitionNode, type TypeNode } from 'graphql';
import { sharedProduct } from '../harness/product.ts';
import { ROOT } from '../harness/test-config.ts';
import { administrator, makeUser, type TestUser } from '../harness/users.ts';

/** What the schema says of limits is what refusals say: inputs in which everything is too long, too large or too many. */
const product = sharedProduct();
let member: TestUser;
let admin: TestUser;
beforeAll(async () => {
  [member, admin] = await Promise.all([makeUser(product), administrator(product)]);
});

const inputs = new Map(
  parse(readFileSync(join(ROOT, 'gateway/__generated__/supergraph.graphql'), 'utf8'))
    .definitions.filter(
      (definition): definition is InputObjectTypeDefinitionNode =>
        definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION,
    )
    .map((definition) => [definition.name.value, definition]),
);

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

/** Description of the innermost input field that a path such as `steps[0].condition` names. */
function descriptionAt(input: string, path: string): string {
  let type = input;
  let text = '';
  for (const name of path.replace(/\[\d+\]/g, '').split('.')) {
    const field = inputs.get(type)?.fields?.find((each) => each.name.value === name);
    if (!field) break;
    text = field.description?.value.replace(/\s+/g, ' ') ?? '';
    type = nameOf(field.type);
  }
  return text;
}

interface Problem {
  readonly path: string;
  readonly message: string;
}

async function problemsOf(user: TestUser, mutation: string, input: object): Promise<Problem[]> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const problems = mutation === 'createWorkflow' ? 'InvalidWorkflowError { problems' : 'InvalidInputError { fields';
  const answer = await user.graph.mutate<{ fields?: Problem[]; problems?: Problem[] }>(
    `mutation TooMuch($input: ${type}!) { ${mutation}(input: $input) { ... on ${problems} { path message } } } }`,
    { input },
  );
  return answer.fields ?? answer.problems ?? [];
}

/** But for 0 and 1: that something must not be empty, or below nothing, need not be said. */
const numbersIn = (text: string) =>
  (text.match(/\d+(?:,\d{3})*/g) ?? []).filter((number) => number !== '0' && number !== '1');

/** Limits in the refusals that the descriptions do not name. */
async function unsaid(user: TestUser, mutation: string, input: object): Promise<string[]> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const problems = await problemsOf(user, mutation, input);
  expect([...new Set(problems.map(({ path }) => path.split(/[.[]/)[0]))].sort()).toEqual(
    expect.arrayContaining(Object.keys(input).filter((name) => !GOOD.has(name))),
  );
  return problems.flatMap(({ path, message }) => {
    const said = descriptionAt(type, path);
    const missing = numbersIn(message).filter((number) => !numbersIn(said).includes(number));
    return missing.length === 0 ? [] : [`${type}.${path}: ${message} (${said})`];
  });
}

/** Fields whose values are right in the inputs below. */
const GOOD = new Set(['kind', 'channel', 'agentId', 'workflowId', 'id', 'expectedVersion']);

const long = (characters: number) => 'x'.repeat(characters + 1);
const many = (count: number) => Array.from({ length: count + 1 }, (_, n) => `n${n}`);
const keys = (count: number) => Object.fromEntries(many(count).map((name) => [name, name]));
const described = { name: long(255), description: long(10_000), tags: many(20), metadata: keys(100) };

const agent = {
  ...described,
  type: long(100),
  capabilities: many(50),
  timeoutSeconds: 3_601,
  concurrencyLimit: 101,
  retryPolicy: { maxAttempts: 11, initialDelayMs: 60_001, maxDelayMs: 600_001, multiplier: 11 },
};
const llm = {
  model: long(200),
  systemPrompt: long(100_000),
  temperature: 3,
  maxOutputTokens: 1_000_001,
  inputCostPerMillionTokens: 1_000_001,
  outputCostPerMillionTokens: 1_000_001,
  apiKey: long(2_000),
};
const step = {
  id: long(64),
  name: long(255),
  stepType: 'TRANSFORM',
  config: { expression: '1' },
  condition: long(2_000),
  timeoutSeconds: 86_401,
  retryCount: 11,
};
const texts = { subjectTemplate: long(998), contentTemplate: long(100_000), htmlTemplate: long(200_000) };

const TOO_MUCH: readonly (readonly ['member' | 'admin', string, object])[] = [
  ['member', 'registerAgent', { ...agent, kind: 'LLM', llm }],
  [
    'member',
    'registerAgent',
    {
      kind: 'HTTP',
      name: '',
      type: '',
      http: { url: `http://a.example/${long(2_000)}`, headers: keys(20), signingSecret: 'short' },
    },
  ],
  [
    'member',
    'executeAgent',
    { agentId: 'none', idempotencyKey: long(255), waitTimeoutSeconds: 301, timeoutSeconds: 3_601, maxAttempts: 11 },
  ],
  ['member', 'stopAgentExecution', { id: 'none', reason: long(500) }],
  ['member', 'createWorkflow', { ...described, steps: [step] }],
  [
    'member',
    'createContext',
    { ...described, type: long(100), layers: many(50).map(() => ({ layerType: 'x', data: {} })) },
  ],
  [
    'member',
    'createContext',
    { name: '', type: '', layers: [{ layerType: long(100), data: { a: long(2_000_000) }, order: 1_000_001 }] },
  ],
  ['member', 'updateContext', { ...described, id: 'none', type: long(100), reason: long(1_000) }],
  [
    'member',
    'updateContextLayer',
    {
      id: 'none',
      patch: many(1_000).map(() => ({ op: 'REMOVE', path: '/x' })),
      layerType: long(100),
      order: -1_000_001,
      reason: long(1_000),
    },
  ],
  ['member', 'defineContextLayerType', { name: long(100), description: long(10_000), schema: { a: long(256 * 1024) } }],
  ['member', 'executeWorkflow', { workflowId: 'none', idempotencyKey: long(255), metadata: keys(100) }],
  [
    'member',
    'sendNotification',
    {
      channel: 'EMAIL',
      recipient: long(2_000),
      subject: long(998),
      content: long(100_000),
      htmlContent: long(500_000),
      category: long(100),
      metadata: keys(100),
      attachments: many(10).map((fileName) => ({ fileName, contentType: 'text/csv', content: 'eHg=' })),
      idempotencyKey: long(255),
    },
  ],
  [
    'member',
    'createNotificationTemplate',
    {
      channel: 'EMAIL',
      name: long(255),
      description: long(10_000),
      category: long(100),
      ...texts,
      variables: many(100).map((name) => ({ name })),
      translations: many(50).map(() => ({ language: 'de', contentTemplate: 'x' })),
    },
  ],
  [
    'member',
    'updateNotificationPreferences',
    { rules: [{ channel: 'EMAIL', category: long(100), digestMinutes: 10_081 }] },
  ],
  ['member', 'createWebhookEndpoint', { url: 'none', description: long(255), headers: keys(20), secret: 'short' }],
  ['member', 'rotateWebhookSecret', { id: 'none', secret: 'short', overlapSeconds: 604_801 }],
  [
    'member',
    'createApiKey',
    { name: long(100), scopes: many(100).map(() => 'agent:read'), expiresAt: '2999-01-01T00:00:00Z' },
  ],
  ['member', 'updateWebhookEndpoint', { id: 'none', description: long(255), headers: keys(20) }],
  ['member', 'replayNotification', { id: 'none', idempotencyKey: long(255) }],
  ['member', 'archiveNotification', { ids: many(100) }],
  ['member', 'markNotificationRead', { ids: many(100) }],
  ['member', 'updateUser', { firstName: long(100), lastName: long(100), metadata: keys(100) }],
  ['admin', 'createRole', { name: long(64), description: long(500), scopes: many(100).map(() => 'agent:read') }],
  ['admin', 'createServiceAccount', { name: long(64), description: long(500), roles: many(20) }],
  [
    'admin',
    'createUser',
    {
      email: `${long(254)}@example.org`,
      username: long(64),
      firstName: long(100),
      lastName: long(100),
      roles: many(20),
    },
  ],
  ['admin', 'suspendUser', { id: 'none', reason: long(500) }],
  ['admin', 'resetUserMfa', { id: 'none', reason: long(500) }],
  ['admin', 'updateRole', { id: 'none', expectedVersion: 1, name: long(64), description: long(500) }],
  ['admin', 'updateServiceAccount', { id: 'none', expectedVersion: 1, name: long(64), description: long(500) }],
  [
    'admin',
    'testNotificationChannel',
    { channel: 'EMAIL', provider: long(100), recipient: long(2_000), subject: long(255), content: long(10_000) },
  ],
  [
    'admin',
    'sendBulkNotifications',
    { channel: 'EMAIL', recipients: [], subject: long(998), content: long(100_000), idempotencyKey: long(200) },
  ],
  [
    'admin',
    'configureNotificationChannel',
    { channel: 'SLACK', name: long(100), position: 999, rateLimitPerMinute: 0, recipientRateLimitPerMinute: 0 },
  ],
];

test.each(TOO_MUCH)('%s: %s says the limits that it has', async (who, mutation, input) => {
  expect(await unsaid(who === 'admin' ? admin : member, mutation, input)).toEqual([]);
});
