import { beforeAll, expect, test } from '@jest/globals';
import { CREATE_WORKFLOW, echoAgent, REGISTER_AGENT, transformStep } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

// Names of people and things: one text is one name however it was typed, and there is nothing in it that nobody sees.

const product = sharedProduct();
let user: TestUser;
let admin: TestUser;
beforeAll(async () => {
  [user, admin] = await Promise.all([makeUser(product), administrator(product)]);
});

const FIELDS = '... on MutationError { code } ... on InvalidInputError { fields { path message } }';
const CREATE_TEMPLATE = `mutation ($input: CreateNotificationTemplateInput!) {
  createNotificationTemplate(input: $input) { __typename ${FIELDS} }
}`;
const CREATE_USER = `mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename ${FIELDS} } }`;
const CREATE_KEY = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename ${FIELDS} } }`;
const CREATE_CONTEXT = `mutation ($input: CreateContextInput!) { createContext(input: $input) { __typename ${FIELDS} } }`;
const WORKFLOW = CREATE_WORKFLOW.replace('{ code path stepId }', '{ path message }');

interface Made {
  readonly __typename: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly problems?: readonly { readonly path: string; readonly message: string }[];
}

interface Kind {
  readonly mutation: string;
  input(name: string): object;
  /** The list in which it is looked for. */
  readonly list: string;
  /** Where there is one of a name at most. */
  readonly taken?: string;
  readonly byAdmin?: true;
}

const template = (more: object) => ({ channel: 'IN_APP', contentTemplate: 'Hello', ...more });
const workflow = (more: object) => ({ name: unique('w'), steps: [transformStep('a', '1')], ...more });

const KINDS: Readonly<Record<string, Kind>> = {
  'an agent': {
    mutation: REGISTER_AGENT,
    input: (name) => ({ ...echoAgent(), name }),
    list: 'agents(filter: { search: $text })',
    taken: 'AgentNameTakenError',
  },
  'a type of agents': {
    mutation: REGISTER_AGENT,
    input: (type) => ({ ...echoAgent(), type }),
    list: 'agents(filter: { type: $text })',
  },
  'a capability': {
    mutation: REGISTER_AGENT,
    input: (capability) => ({ ...echoAgent(), capabilities: [capability] }),
    list: 'agents(filter: { capabilities: [$text] })',
  },
  'a capability to discover': {
    mutation: REGISTER_AGENT,
    input: (capability) => ({ ...echoAgent(), capabilities: [capability] }),
    list: 'discoverAgents(capability: $text)',
  },
  'a workflow': {
    mutation: WORKFLOW,
    input: (name) => workflow({ name }),
    list: 'workflows(filter: { search: $text })',
    taken: 'WorkflowNameTakenError',
  },
  'a tag': {
    mutation: WORKFLOW,
    input: (tag) => workflow({ tags: [tag] }),
    list: 'workflows(filter: { tags: [$text] })',
  },
  'a context': {
    mutation: CREATE_CONTEXT,
    input: (name) => ({ name, type: 'test' }),
    list: 'contexts(filter: { search: $text })',
    taken: 'ContextNameTakenError',
  },
  'a type of contexts': {
    mutation: CREATE_CONTEXT,
    input: (type) => ({ name: unique('c'), type }),
    list: 'contexts(filter: { type: $text })',
  },
  'a tag of contexts': {
    mutation: CREATE_CONTEXT,
    input: (tag) => ({ name: unique('c'), type: 'test', tags: [tag] }),
    list: 'contexts(filter: { tags: [$text] })',
  },
  'a template': {
    mutation: CREATE_TEMPLATE,
    input: (name) => template({ name }),
    list: 'notificationTemplates(filter: { search: $text })',
    taken: 'NotificationTemplateNameTakenError',
  },
  'a category': {
    mutation: CREATE_TEMPLATE,
    input: (category) => template({ name: unique('t'), category }),
    list: 'notificationTemplates(filter: { category: $text })',
  },
  'an API key': {
    mutation: CREATE_KEY,
    input: (name) => ({ name, scopes: ['agent:read'] }),
    list: 'apiKeys(filter: { search: $text })',
  },
  'a person': {
    mutation: CREATE_USER,
    input: (firstName) => ({ firstName, email: `${unique('p')}@flowmesh.test`, password: unique('pass phrase of ') }),
    list: 'users(filter: { search: $text })',
    byAdmin: true,
  },
};

const clientOf = ({ byAdmin }: Kind) => (byAdmin ? admin : user).graph;

test.each(Object.entries(KINDS))('%s: composed and decomposed are one name, found by either', async (_what, kind) => {
  const name = unique('Caf\u00e9 \u00c5');
  const decomposed = name.normalize('NFD');
  expect(decomposed).not.toBe(name);
  const make = (given: string) => clientOf(kind).mutate<Made>(kind.mutation, { input: kind.input(given) });
  expect(await make(decomposed)).toMatchObject({ __typename: expect.stringMatching(/Success$/) });
  if (kind.taken) expect(await make(name)).toMatchObject({ __typename: kind.taken });
  for (const text of [name, decomposed]) {
    const found = await clientOf(kind).query(`query ($text: String!) { found: ${kind.list} { totalCount } }`, { text });
    expect(found).toEqual({ found: { totalCount: 1 } });
  }
});

test.each(Object.entries(KINDS))('%s has nothing in its name that nobody sees', async (_what, kind) => {
  for (const [name, sign] of [
    ['\u200b', 'U+200B'],
    ['report\u202etxt.exe', 'U+202E'],
  ] as const) {
    const made = await clientOf(kind).mutate<Made>(kind.mutation, { input: kind.input(name) });
    const [problem, ...others] = made.fields ?? made.problems ?? [];
    expect([problem?.message, others]).toEqual([`must not contain characters that cannot be seen (${sign})`, []]);
  }
});

test('a description is kept as it came, and found by either form', async () => {
  const word = unique('d\u00e9j\u00e0').normalize('NFD');
  const made = await user.graph.mutate<{ workflow: { id: string } }>(CREATE_WORKFLOW, {
    input: workflow({ description: word }),
  });
  for (const text of [word, word.normalize('NFC')]) {
    const found = await user.graph.query(
      'query ($text: String) { workflows(filter: { search: $text }) { nodes { id description } } }',
      { text },
    );
    expect(found).toEqual({ workflows: { nodes: [{ id: made.workflow.id, description: word }] } });
  }
});
