import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { mutate, send } from '../../testing/operations.ts';
import { DELIVERED, ScriptedAdapter } from '../../testing/scripted-adapter.ts';

interface Shown {
  readonly id: string;
  readonly version: number;
  readonly name: string;
}
interface Result {
  readonly __typename: string;
  readonly template?: Shown;
  readonly code?: string;
  readonly templateCount?: number;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly rendered?: {
    readonly subject: string | null;
    readonly content: string;
    readonly htmlContent: string | null;
  };
  readonly templateVersion?: number;
  readonly notification?: { readonly id: string } | null;
}

const ada = userOf('ada', 'notification:write');
const bob = userOf('bob', 'notification:write');

let tested: NotificationUnderTest;
let adapter: ScriptedAdapter;
let running: NotificationProcess;
let count = 0;

beforeAll(async () => {
  tested = await prepareNotifications();
  adapter = new ScriptedAdapter('EMAIL', 'SCRIPTED', () => DELIVERED);
  await tested.provider({ channel: 'EMAIL', provider: 'SCRIPTED' });
  running = await tested.process({ adapters: [adapter] });
});

afterAll(() => tested?.stop());

const welcome = () => ({
  name: `welcome ${(count += 1)}`,
  channel: 'EMAIL',
  subjectTemplate: 'Welcome, {{ user.name }}',
  contentTemplate: 'Hello {{ user.name }}, you have {{ credits }} credits.',
  htmlTemplate: '<p>Hello {{ user.name }}</p>',
  variables: [
    { name: 'user', type: 'OBJECT', schema: { required: ['name'], properties: { name: { type: 'string' } } } },
    { name: 'credits', type: 'INTEGER', default: 10 },
  ],
});

const create = (input: object = {}, viewer = ada) =>
  mutate(
    running,
    viewer,
    'createNotificationTemplate',
    { ...welcome(), ...input },
    'template { id version name }',
  ) as Promise<Result>;
const created = async (input: object = {}, viewer = ada): Promise<Shown> => {
  const result = await create(input, viewer);
  if (!result.template) throw new Error(JSON.stringify(result));
  return result.template;
};
const update = (input: object, viewer = ada) =>
  mutate(running, viewer, 'updateNotificationTemplate', input, 'template { id version name }') as Promise<Result>;
const REMOVE = `mutation M($id: ID!) { r: deleteNotificationTemplate(input: { id: $id }) {
  __typename ... on MutationError { code } } }`;
const remove = async (id: string, viewer = ada) => (await running.ask<{ r: Result }>(viewer, REMOVE, { id })).r;
const test_ = (input: object, viewer = ada) =>
  mutate(
    running,
    viewer,
    'testNotificationTemplate',
    input,
    'templateVersion rendered { language subject content htmlContent } notification { id }',
  ) as Promise<Result>;
const problemsOf = ({ fields = [] }: Result) => Object.fromEntries(fields.map(({ path, message }) => [path, message]));

test('a template is rendered with its variables; values are escaped in HTML', async () => {
  const { id } = await created();
  const variables = { user: { name: 'Ada <b>\nCountess' } };
  expect(await test_({ templateId: id, variables })).toMatchObject({
    templateVersion: 1,
    rendered: {
      language: 'en',
      subject: 'Welcome, Ada <b> Countess',
      content: 'Hello Ada <b>\nCountess, you have 10 credits.',
      htmlContent: '<p>Hello Ada &lt;b&gt;\nCountess</p>',
    },
    notification: null,
  });
});

test('missing, wrong and unknown variables are told with their paths, and nothing is sent', async () => {
  const { id } = await created();
  const wrong = { credits: 1.5, extra: 1, user: { name: 7 } };
  expect(problemsOf(await test_({ templateId: id, variables: wrong, recipient: 'never' }))).toEqual({
    'variables.credits': 'must be a whole number',
    'variables.extra': 'is not a variable of the template',
    'variables.user.name': expect.any(String),
  });
  expect(problemsOf(await test_({ templateId: id }))).toEqual({ 'variables.user': 'is required' });
  const input = { channel: 'EMAIL', recipient: 'never', content: undefined, templateId: id, variables: { user: {} } };
  expect((await send(running, ada, input)).fields).toEqual([{ path: 'variables.user.name', message: 'is required' }]);
  expect(adapter.to('never')).toEqual([]);
});

test.each([
  ['STRING', 1, 'must be a text'],
  ['NUMBER', '1', 'must be a number'],
  ['BOOLEAN', 'yes', 'must be true or false'],
  ['DATE_TIME', '31.1.2026', expect.stringContaining('must be a date')],
  ['DATE_TIME', '2026-02-31T00:00:00Z', expect.stringContaining('must be a date')],
  ['URL', 'javascript:alert(1)', expect.stringContaining('must be an http')],
  ['LIST', {}, 'must be a list'],
  ['OBJECT', [], 'must be an object'],
])('a %s is not %j', async (type, value, message) => {
  const { id } = await created({
    subjectTemplate: 'x',
    contentTemplate: '{{ v }}',
    htmlTemplate: null,
    variables: [{ name: 'v', type }],
  });
  expect(problemsOf(await test_({ templateId: id, variables: { v: value } }))).toEqual({ 'variables.v': message });
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a variable called %s is refused',
  async (name) => {
    const result = await create({ variables: [{ name }] });
    expect(problemsOf(result)).toMatchObject({
      'variables[0].name': 'is a name that cannot be given a value: choose another',
    });
  },
);

test('everything that is wrong with a template is told at once', async () => {
  const result = await create({
    name: '',
    subjectTemplate: 'two\nlines',
    variables: [
      { name: '1st' },
      { name: 'content' },
      { name: 'a', type: 'INTEGER', default: 'x' },
      { name: 'a' },
      { name: 'b', schema: {} },
      { name: 'c', required: true, default: 'x' },
    ],
    translations: [{ language: 'not a language', contentTemplate: 'x' }],
  });
  expect(problemsOf(result)).toMatchObject({
    name: 'must not be empty',
    subjectTemplate: expect.stringContaining('one line'),
    'variables[0].name': expect.stringContaining('letters'),
    'variables[1].name': expect.stringContaining('already'),
    'variables[2].default': 'must be a whole number',
    'variables[4].schema': expect.stringContaining('LIST and OBJECT'),
    'variables[5].default': expect.stringContaining('never used'),
    'translations[0].language': expect.stringContaining('language tag'),
  });
  const texts = await create({
    subjectTemplate: null,
    contentTemplate: '{{ unknown }} {{ credits }}',
    htmlTemplate: 'a\n{% if credits %}',
    translations: [
      { language: 'en', contentTemplate: 'x' },
      { language: 'de', contentTemplate: '{{ x | nonsense }}' },
    ],
  });
  expect(problemsOf(texts)).toEqual({
    subjectTemplate: 'is required for e-mail',
    contentTemplate: 'uses unknown, which is not among its variables',
    htmlTemplate: expect.stringMatching(/not closed.*line 2/),
    'translations[0].language': expect.stringContaining('language of the template'),
    'translations[0].subjectTemplate': 'is required for e-mail',
    'translations[1].subjectTemplate': 'is required for e-mail',
    'translations[1].contentTemplate': expect.stringContaining('undefined filter'),
  });
});

test('what a template reads and nobody can give is told when it is made, what was not given when it is sent', async () => {
  const variables = [
    { name: 'user', type: 'OBJECT' },
    { name: 'word' },
    { name: 'address', type: 'OBJECT', schema: { properties: { city: {} }, additionalProperties: false } },
    { name: 'list', type: 'LIST' },
  ];
  const never = '{{ word.first }}{{ word.size }}{{ address.city }}{{ address.nope }}{{ list.first }}{{ list.size }}';
  expect(
    problemsOf(await create({ variables, contentTemplate: never, subjectTemplate: 's', htmlTemplate: null })),
  ).toEqual({
    contentTemplate: 'uses address.nope, which the schema of address does not allow',
  });
  for (const [text, message] of [
    ['a\n{% include "b" %}', 'tag "include" not found (line 2)'],
    [
      '{{ word | date: "%F", "Europe/Nowhere" }}',
      '"Europe/Nowhere" is not a time zone, e.g. "Europe/Amsterdam" or "+02:00" (line 1)',
    ],
    ['{% if word %}', 'tag {% if word %} not closed (line 1)'],
  ]) {
    expect(
      problemsOf(await create({ variables, contentTemplate: text, htmlTemplate: null, subjectTemplate: 's' })),
    ).toEqual({
      contentTemplate: message,
    });
  }
  const reads =
    '{{ user.name }}, {{ user.nick | default: "-" }}{% if user.title %}!{% endif %}\n{{ word | date: "%F" }}';
  const { id } = await created({ variables, contentTemplate: reads, subjectTemplate: 's', htmlTemplate: null });
  const given = { word: '2026-01-31', address: {}, list: [] };
  const sendWith = (user: object) => test_({ templateId: id, variables: { ...given, user } });
  expect((await sendWith({ name: 'Ada' })).rendered?.content).toBe('Ada, -\n2026-01-31');
  expect(problemsOf(await sendWith({ nick: 'A' }))).toEqual({
    'variables.user.name':
      'is read by the template (line 1) and was not given; write {{ user.name | default: "" }} where it may be missing',
  });
});

test('a language falls back to its relatives, and to the template’s own', async () => {
  const text = (word: string) => ({ subjectTemplate: word, contentTemplate: word });
  const { id } = await created({
    ...text('Hello'),
    htmlTemplate: null,
    variables: [],
    language: 'EN-us',
    translations: [
      { language: 'de', ...text('Hallo') },
      { language: 'de-at', ...text('Servus') },
    ],
  });
  const contentIn = async (language: string | null) =>
    (await test_({ templateId: id, language })).rendered?.content ?? null;
  expect(await Promise.all(['de-AT', 'de-at-1996', 'de-CH', 'fr', null].map(contentIn))).toEqual([
    'Servus',
    'Servus',
    'Hallo',
    'Hello',
    'Hello',
  ]);
  expect(problemsOf(await test_({ templateId: id, language: '!' }))).toHaveProperty('language');
});

test('a layout stands around messages, takes their HTML as it is, and cannot go while it is in use', async () => {
  const layout = await created({
    kind: 'LAYOUT',
    subjectTemplate: null,
    contentTemplate: '*** {{ content }} ***',
    htmlTemplate: '<body>{{ content }}</body>',
    variables: [],
  });
  const { id } = await created({ layoutId: layout.id });
  expect((await test_({ templateId: id, variables: { user: { name: '&' } } })).rendered).toMatchObject({
    content: '*** Hello &, you have 10 credits. ***',
    htmlContent: '<body><p>Hello &amp;</p></body>',
  });
  expect(problemsOf(await test_({ templateId: layout.id }))).toEqual({
    templateId: expect.stringContaining('is a layout'),
  });
  expect(await remove(layout.id)).toMatchObject({ code: 'NOTIFICATION_LAYOUT_IN_USE' });
  expect(await remove(id)).toMatchObject({ __typename: 'DeleteNotificationTemplateSuccess' });
  expect(await remove(layout.id)).toMatchObject({ __typename: 'DeleteNotificationTemplateSuccess' });
  expect(problemsOf(await create({ layoutId: layout.id }))).toHaveProperty('layoutId');
  expect(problemsOf(await create({ kind: 'LAYOUT', subjectTemplate: null }))).toHaveProperty('contentTemplate');
});

test('each change is a version; what was sent keeps its own', async () => {
  const { id, name } = await created();
  const variables = { user: { name: 'Ada' } };
  const first = await test_({ templateId: id, variables, recipient: 'versions' });
  expect(await update({ id, expectedVersion: 1, subjectTemplate: 'Second' })).toMatchObject({
    template: { version: 2, name },
  });
  expect(await update({ id, expectedVersion: 1, subjectTemplate: 'Third' })).toMatchObject({ code: 'CONFLICT' });
  await test_({ templateId: id, variables, recipient: 'versions' });
  await test_({ templateId: id, variables, recipient: 'versions', templateVersion: 1 });
  await until('three mails', () => adapter.to('versions').length === 3);
  expect(
    adapter
      .to('versions')
      .map(({ subject }) => subject)
      .sort(),
  ).toEqual(['Second', 'Welcome, Ada', 'Welcome, Ada']);
  const query = `query Q($id: ID!, $sent: ID!) {
    notificationTemplate(id: $id) { version versions(first: 1) { totalCount nodes { version subjectTemplate createdBy { id } }
      pageInfo { hasNextPage endCursor } } }
    notification(id: $sent) { templateId templateVersion category priority }
  }`;
  const shown = await running.ask<{ notificationTemplate: { versions: { pageInfo: { endCursor: string } } } }>(
    ada,
    query,
    {
      id,
      sent: first.notification?.id,
    },
  );
  expect(shown).toMatchObject({
    notificationTemplate: {
      version: 2,
      versions: {
        totalCount: 2,
        nodes: [{ version: 2, subjectTemplate: 'Second', createdBy: { id: 'ada' } }],
        pageInfo: { hasNextPage: true },
      },
    },
    notification: { templateId: id, templateVersion: 1, category: 'test', priority: 'CRITICAL' },
  });
  const rest = `query Q($id: ID!, $after: String) {
    notificationTemplate(id: $id) { versions(after: $after) { nodes { version subjectTemplate } } } }`;
  const { endCursor: after } = shown.notificationTemplate.versions.pageInfo;
  expect(await running.ask(ada, rest, { id, after })).toEqual({
    notificationTemplate: { versions: { nodes: [{ version: 1, subjectTemplate: 'Welcome, {{ user.name }}' }] } },
  });
  expect(problemsOf(await test_({ templateId: id, variables, templateVersion: 9 }))).toHaveProperty('templateVersion');
});

test('of many changes at once each makes a version, and none is lost', async () => {
  const { id } = await created();
  const results = await Promise.all(Array.from({ length: 8 }, (_, n) => update({ id, description: `change ${n}` })));
  const done = results.filter(({ template }) => template);
  expect(results.filter(({ template, code }) => !template && code !== 'CONFLICT')).toEqual([]);
  const { rows } = await tested.pool.query(
    'select version from template_versions where template_id = $1 order by version',
    [id],
  );
  expect(rows.map(({ version }) => version as number)).toEqual(
    Array.from({ length: done.length + 1 }, (_, n) => n + 1),
  );
});

test('names are unique among one’s own, also when many come at once', async () => {
  const name = 'the same';
  const results = await Promise.all(Array.from({ length: 6 }, () => create({ name })));
  expect(results.filter(({ template }) => template)).toHaveLength(1);
  expect(new Set(results.filter(({ code }) => code).map(({ code }) => code))).toEqual(
    new Set(['NOTIFICATION_TEMPLATE_NAME_TAKEN']),
  );
  expect(await create({ name }, bob)).toHaveProperty('template');
});

test('others use only what is shared, and change nothing', async () => {
  const own = await created();
  const shared = await created({ isShared: true });
  const variables = { user: { name: 'x' } };
  const see = async (id: string) =>
    (await running.ask<{ t: unknown }>(bob, 'query Q($id: ID!) { t: notificationTemplate(id: $id) { id } }', { id })).t;
  expect([await see(own.id), await see(shared.id)]).toEqual([null, { id: shared.id }]);
  expect(problemsOf(await test_({ templateId: own.id, variables }, bob))).toHaveProperty('templateId');
  expect(await test_({ templateId: shared.id, variables }, bob)).toHaveProperty('rendered');
  for (const { id } of [own, shared]) {
    expect(await update({ id, name: 'stolen' }, bob)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await remove(id, bob)).toMatchObject({ code: 'NOT_FOUND' });
  }
  const admin = userOf('root', 'notification:write', 'notification:write-any');
  expect(await update({ id: own.id, name: 'renamed by root' }, admin)).toHaveProperty('template.version', 2);
});

test('lists filter, order and page', async () => {
  const viewer = userOf('lister', 'notification:write');
  for (const name of ['b', 'c', 'a_', 'ax']) {
    await created({ name, channel: 'IN_APP', category: name === 'b' ? 'news' : null }, viewer);
  }
  await created(
    { name: 'german', translations: [{ language: 'de', subjectTemplate: 'x', contentTemplate: 'x' }] },
    viewer,
  );
  const list = async (args: string) => {
    const query = `{ list: notificationTemplates(${args}) { totalCount nodes { name } pageInfo { endCursor } } }`;
    const { list: page } = await running.ask<{
      list: { totalCount: number; nodes: { name: string }[]; pageInfo: { endCursor: string } };
    }>(viewer, query);
    return { total: page.totalCount, names: page.nodes.map(({ name }) => name), after: page.pageInfo.endCursor };
  };
  const mine = 'ownerId: "lister"';
  const byName = 'orderBy: { field: NAME, direction: ASC }, first: 3';
  const first = await list(`filter: { ${mine} }, ${byName}`);
  expect(first).toMatchObject({ total: 5, names: ['a_', 'ax', 'b'] });
  expect((await list(`filter: { ${mine} }, ${byName}, after: "${first.after}"`)).names).toEqual(['c', 'german']);
  expect((await list(`filter: { ${mine}, search: "A_" }`)).names).toEqual(['a_']);
  expect((await list(`filter: { ${mine}, language: "DE" }`)).names).toEqual(['german']);
  expect((await list(`filter: { ${mine}, channel: [IN_APP], category: "news" }`)).names).toEqual(['b']);
});

test('a preview says what would be wrong, and keeps nothing', async () => {
  const query = `query P($input: PreviewNotificationTemplateInput!) { result: previewNotificationTemplate(input: $input) {
    ... on PreviewNotificationTemplateSuccess { rendered { content htmlContent } }
    ... on InvalidInputError { fields { path message } } } }`;
  const preview = async (input: object) =>
    (
      await running.ask<{ result: Result }>(ada, query, {
        input: {
          channel: 'EMAIL',
          subjectTemplate: 's',
          contentTemplate: '{{ n }}',
          variables: [{ name: 'n' }],
          ...input,
        },
      })
    ).result;
  const before = await tested.pool.query('select count(*) from templates');
  expect(await preview({ values: { n: '<' }, htmlTemplate: '{{ n }}' })).toEqual({
    rendered: { content: '<', htmlContent: '&lt;' },
  });
  expect(problemsOf(await preview({ values: {} }))).toEqual({ 'values.n': 'is required' });
  expect(problemsOf(await preview({ contentTemplate: '{{ m }}' }))).toHaveProperty('contentTemplate');
  expect((await tested.pool.query('select count(*) from templates')).rows).toEqual(before.rows);
});

test('a template that runs on is refused when it is sent, and the sender lives', async () => {
  const endless = '{% for a in (1..100000) %}{% for b in (1..100000) %}{{ b }}{% endfor %}{% endfor %}';
  const { id } = await created({ contentTemplate: endless, htmlTemplate: null, variables: [], subjectTemplate: 'x' });
  expect(problemsOf(await test_({ templateId: id, recipient: 'endless' }))).toEqual({
    templateId: expect.stringContaining('could not be rendered'),
  });
  expect(adapter.to('endless')).toEqual([]);
});
