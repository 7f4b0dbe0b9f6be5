import { createAddressRules } from '@flowmesh/platform/http';
import { channelProblems } from './channel-problems.ts';
import { checkEmailRecipient, checkPhoneRecipient, checkUrlRecipient } from './recipients.ts';

const rules = createAddressRules([]);

test('recipients have one spelling', () => {
  expect(checkEmailRecipient(' ada@EXAMPLE.com')).toEqual({ recipient: 'ada@example.com' });
  expect(checkPhoneRecipient('+1 415 555 2671')).toEqual({ recipient: '+14155552671' });
  expect(checkUrlRecipient('https://Example.com', rules)).toEqual({ recipient: 'https://example.com/' });
});

test.each([
  [checkEmailRecipient('ada'), 'must be one e-mail address, e.g. ada@example.com'],
  [checkPhoneRecipient('555'), 'must be a telephone number with its country code, e.g. +14155552671'],
  [checkUrlRecipient('', rules), 'must be an absolute http or https address'],
  [
    checkUrlRecipient('http://2130706433/', rules),
    'leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow',
  ],
  [checkUrlRecipient(`https://example.com/${'a'.repeat(2_000)}`, rules), 'must have at most 2,000 characters'],
])('refused: %j', (checked, problem) => expect(checked).toEqual({ problem }));

const RESERVED = 'is a type of the product’s own events: choose another';

test.each([
  ['EMAIL', 'x'.repeat(100_000), {}, {}],
  ['EMAIL', 'hi', { email: { replyTo: 'nobody' } }, { 'metadata.email.replyTo': 'must be an e-mail address' }],
  ['SMS', 'x'.repeat(1_600), { slack: 'of no matter here' }, {}],
  ['SMS', 'x'.repeat(1_601), {}, { content: 'must have at most 1,600 characters for SMS' }],
  ['SLACK', 'x'.repeat(40_001), {}, { content: 'must have at most 40,000 characters for SLACK' }],
  ['SLACK', 'hi', { slack: { blocks: [{}] } }, { 'metadata.slack.blocks[0]': 'must have a type' }],
  [
    'SLACK',
    'hi',
    { slack: { threadTs: '1' } },
    { 'metadata.slack.threadTs': 'must be the time stamp of a message, e.g. 1503435956.000247' },
  ],
  [
    'WEBHOOK',
    'hi',
    { webhook: { type: 'a b' } },
    { 'metadata.webhook.type': 'must be words of letters, digits and _, separated by dots' },
  ],
  ['WEBHOOK', 'hi', { webhook: { type: 'invoice.paid', data: {} } }, {}],
  ['WEBHOOK', 'hi', { webhook: { type: 'userland.paid' } }, {}],
  ['WEBHOOK', 'hi', { webhook: { data: {} } }, { 'metadata.webhook.type': 'is required with data' }],
  ...[
    'notification',
    'notification.sent',
    'agent.registered',
    'Workflow.failed',
    'user.deleted',
    'auth.x',
    'context.updated',
  ].map((type) => ['WEBHOOK', 'hi', { webhook: { type } }, { 'metadata.webhook.type': RESERVED }] as const),
  ['IN_APP', 'hi', {}, {}],
] as const)('message by %s: %#', (channel, content, metadata, expected) => {
  const problems = channelProblems(channel, content, metadata);
  expect(Object.fromEntries(problems.map(({ path, message }) => [path, message]))).toEqual(expected);
});
