import { createAddressRules, createGuardedHttp } from '@flowmesh/platform/http';
import { startSlackDouble, type SlackDouble } from '../../testing/doubles/slack-double.ts';
import { outcomeOf, outgoing } from '../../testing/messages.ts';
import { createSlackAdapter } from './slack.ts';

const http = createGuardedHttp({ rules: createAddressRules(['127.0.0.1']) });
const adapter = createSlackAdapter(http);
let slack: SlackDouble;

const send = (message: object, webhooks: Record<string, string> = {}, deadlineMs = 10_000) =>
  outcomeOf(
    adapter.send(
      outgoing({ channel: 'SLACK', recipient: slack.webhookUrl, ...message }),
      { webhooks },
      { signal: new AbortController().signal, deadlineMs },
    ),
  );

beforeAll(async () => {
  slack = await startSlackDouble();
});

afterAll(async () => {
  await http.close();
  await slack.stop();
});

it('takes addresses and names of the configuration as recipients', () => {
  const webhooks = { '#ops': slack.webhookUrl, '#dev': slack.webhookUrl };
  const check = (recipient: string) => adapter.checkRecipient?.(recipient, { webhooks });
  expect(check('https://hooks.slack.com/services/T/B/X')).toEqual({
    recipient: 'https://hooks.slack.com/services/T/B/X',
  });
  expect(check('#ops')).toEqual({ recipient: '#ops' });
  expect(check('#general')).toEqual({ problem: 'must be the name of a webhook that is set up, or the address of one' });
  expect(check('http://10.0.0.1/')).toEqual({
    problem: 'leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow',
  });
});

it.each([
  ['a < b & c > d', 'a &lt; b &amp; c &gt; d'],
  ['<!channel> <!here|@here> <!subteam^S1>', '&lt;!channel&gt; &lt;!here|@here&gt; &lt;!subteam^S1&gt;'],
  ['<https://evil.example|the bank>', '&lt;https://evil.example|the bank&gt;'],
  ['&lt;!channel&gt;', '&amp;lt;!channel&amp;gt;'],
])('text is text: %s', async (text, shown) => {
  expect(await send({ subject: text, text })).toMatchObject({ delivered: true });
  expect(slack.payloads.at(-1)).toEqual({ text: `*${shown}*\n${shown}` });
});

it('blocks and attachments call nobody together', async () => {
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
  const rich = (...elements: object[]) => ({
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements }],
  });
  const blocks = [
    section('<!channel> <https://example.com|link>'),
    rich({ type: 'broadcast', range: 'everyone' }, { type: 'usergroup', usergroup_id: 'S1' }),
  ];
  const metadata = { slack: { blocks, attachments: [{ pretext: '<!everyone>' }] } };
  expect(await send({ text: 'x', metadata })).toMatchObject({ delivered: true });
  expect(slack.payloads.at(-1)).toEqual({
    text: 'x',
    blocks: [
      section('&lt;!channel&gt; <https://example.com|link>'),
      rich({ type: 'text', text: '@broadcast' }, { type: 'text', text: '@usergroup' }),
    ],
    attachments: [{ pretext: '&lt;!everyone&gt;' }],
  });
});

it.each([
  ['a & b < c > d', 'a &amp; b &lt; c &gt; d'],
  ['&lt;b&gt; &amp; &copy;', '&lt;b&gt; &amp; &amp;copy;'],
  [
    '<https://example.com/?a=1&b=2|link> <mailto:a@b.test> <@U123> <#C1|x>',
    '<https://example.com/?a=1&b=2|link> <mailto:a@b.test> <@U123> <#C1|x>',
  ],
  [
    '<!here|all> <javascript:x> <@everyone> <https://x<!here>',
    '&lt;!here|all&gt; &lt;javascript:x&gt; &lt;@everyone&gt; &lt;https://x&lt;!here&gt;',
  ],
])('signs that mean nothing are escaped in blocks and attachments: %s', async (text, shown) => {
  const block = (said: string) => ({
    type: 'actions',
    elements: [{ type: 'button', text: { type: 'plain_text', text: said }, url: 'https://example.com/?a=1&b=2' }],
  });
  const rich = {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a & b' }] }],
  };
  const attachment = (said: string) => ({
    fallback: said,
    fields: [{ title: said, value: said }],
    type: 'text & more',
  });
  const metadata = { slack: { blocks: [block(text), rich], attachments: [attachment(text)] } };
  expect(await send({ text: 'x', metadata })).toMatchObject({ delivered: true });
  expect(slack.payloads.at(-1)).toEqual({ text: 'x', blocks: [block(shown), rich], attachments: [attachment(shown)] });
});

it('posts text, blocks, attachments and replies in threads', async () => {
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*Done*' } }, { type: 'divider' }];
  const attachments = [{ color: '#36a64f', text: 'ten tests' }];
  const metadata = { slack: { blocks, attachments, threadTs: '1503435956.000247', unfurlLinks: false } };
  const taken = { providerMessageId: null, delivered: true, response: 'HTTP 200' };
  expect(await send({ text: 'Only text' })).toEqual(taken);
  expect(await send({ subject: 'Build', metadata })).toEqual(taken);
  expect(slack.payloads.slice(-2)).toEqual([
    { text: 'Only text' },
    {
      text: '*Build*\nThe build is green.',
      blocks,
      attachments,
      thread_ts: '1503435956.000247',
      unfurl_links: false,
    },
  ]);
});

it('posts to an address of the configuration by its name', async () => {
  const webhooks = { '#ops': slack.webhookUrl };
  expect(await send({ recipient: '#ops', text: 'to ops' }, webhooks)).toMatchObject({ delivered: true });
  expect(slack.payloads.at(-1)).toEqual({ text: 'to ops' });
  const unknown = { code: 'CONFIGURATION', retryable: true, blame: 'provider' };
  expect(await send({ recipient: '#other' }, webhooks)).toEqual(unknown);
  expect(await send({ recipient: 'constructor' }, webhooks)).toEqual(unknown);
});

const gone = { code: 'GONE', retryable: false, blame: 'recipient', disablesRecipient: true };
const rejected = { code: 'REJECTED', retryable: false, blame: 'recipient' };
const notThere = { code: 'INVALID_RECIPIENT', retryable: false, blame: 'recipient' };
const trouble = { code: 'UNAVAILABLE', retryable: true, blame: 'provider' };
const administrators = { code: 'CONFIGURATION', retryable: true, blame: 'provider' };

it.each([
  [{ status: 400, body: 'invalid_payload' }, rejected, rejected],
  [{ status: 400, body: 'no_text' }, rejected, rejected],
  [{ status: 400, body: 'too_many_attachments' }, rejected, rejected],
  [{ status: 400, body: 'user_not_found' }, notThere, administrators],
  [{ status: 403, body: 'action_prohibited' }, notThere, administrators],
  [{ status: 403, body: 'invalid_token' }, notThere, administrators],
  [{ status: 404, body: 'channel_not_found' }, notThere, administrators],
  [{ status: 404, body: 'no_service' }, gone, administrators],
  [{ status: 404, body: 'no_active_hooks' }, gone, administrators],
  [{ status: 410, body: 'channel_is_archived' }, gone, administrators],
  [{ status: 500, body: 'rollup_error' }, trouble, trouble],
  [
    { status: 503, body: '', headers: { 'retry-after': '5' } },
    { ...trouble, retryAfterMs: 5_000 },
    { ...trouble, retryAfterMs: 5_000 },
  ],
  [{ status: 302, headers: { location: 'http://169.254.169.254/' } }, rejected, rejected],
])('answer %j', async (answer, forGiven, forConfigured) => {
  slack.answerNext(answer, answer);
  expect(await send({})).toEqual(forGiven);
  expect(await send({ recipient: 'ops' }, { ops: slack.webhookUrl })).toEqual(forConfigured);
});

it('waits as long as Slack asks, and not longer than the deadline', async () => {
  slack.answerNext({ status: 429, body: 'rate_limited', headers: { 'retry-after': '30' } });
  expect(await send({})).toEqual({ code: 'RATE_LIMITED', retryable: true, blame: 'recipient', retryAfterMs: 30_000 });
  slack.answerNext('hang');
  expect(await send({}, {}, 200)).toEqual({ code: 'TIMEOUT', retryable: true, blame: 'recipient' });
});

it('is told by Slack itself what is wrong', async () => {
  expect(await send({ metadata: { slack: { blocks: [{ type: 'blink' }] } } })).toEqual(rejected);
  expect(await send({ recipient: `${slack.url}/services/T0/B0/removed` })).toEqual(gone);
});

it('refuses what cannot be sent, and addresses inside the network', async () => {
  const before = slack.calls.length;
  const unusable = { code: 'INVALID_MESSAGE', retryable: false, blame: 'recipient' };
  expect(await send({ metadata: { slack: { blocks: 'no list' } } })).toEqual(unusable);
  expect(await send({ metadata: { slack: { threadTs: 'yesterday' } } })).toEqual(unusable);
  expect(await send({ metadata: { slack: { channel: '#general' } } })).toEqual(unusable);
  expect(await send({ recipient: 'http://169.254.169.254/' })).toEqual({
    code: 'BLOCKED_ADDRESS',
    retryable: false,
    blame: 'recipient',
  });
  expect(slack.calls).toHaveLength(before);
});
