import { createAddressRules } from '@flowmesh/platform/http';
import { messageProblems, type MessageContent } from './message-problems.ts';
import { checkRecipient } from './recipients.ts';

const rules = createAddressRules([]);

test.each([
  ['EMAIL', 'ada@EXAMPLE.com', { recipient: 'ada@example.com' }],
  ['EMAIL', 'ada', { problem: 'must be one e-mail address, e.g. ada@example.com' }],
  ['SMS', '+1 415 555 2671', { recipient: '+14155552671' }],
  ['SMS', '555', { problem: 'must be a telephone number with its country code, e.g. +14155552671' }],
  ['SLACK', ' #ops ', { recipient: '#ops' }],
  ['SLACK', 'https://hooks.slack.com/services/T/B/X', { recipient: 'https://hooks.slack.com/services/T/B/X' }],
  ['SLACK', 'two words', { problem: 'must be an absolute http or https address' }],
  ['WEBHOOK', 'https://Example.com', { recipient: 'https://example.com/' }],
  ['WEBHOOK', 'http://2130706433/', { problem: 'leads into the operator’s own network, which is not allowed' }],
  ['WEBHOOK', `https://example.com/${'a'.repeat(2_000)}`, { problem: 'must have at most 2,000 characters' }],
  ['IN_APP', 'user-1', { recipient: 'user-1' }],
] as const)('recipient by %s: %s', (channel, text, expected) => {
  expect(checkRecipient(channel, text, rules)).toEqual(expected);
});

const file = (more: object = {}) => ({
  fileName: 'a.txt',
  contentType: 'text/plain',
  content: new Uint8Array(1),
  ...more,
});
const content = (more: Partial<MessageContent> = {}): MessageContent => ({
  subject: null,
  text: 'hello',
  html: null,
  attachments: [],
  metadata: {},
  ...more,
});

test.each([
  ['EMAIL', { subject: 'a'.repeat(255), attachments: [file()] }, {}],
  ['EMAIL', { subject: 'a\nb' }, { subject: 'must be one line of at most 255 characters' }],
  ['EMAIL', { subject: 'a'.repeat(256) }, { subject: 'must be one line of at most 255 characters' }],
  ['EMAIL', { text: '' }, { content: 'must not be empty' }],
  ['EMAIL', { attachments: Array.from({ length: 21 }, () => file()) }, { attachments: 'must be at most 20' }],
  [
    'EMAIL',
    { attachments: [file({ content: new Uint8Array(10 * 1024 * 1024) }), file()] },
    { attachments: 'must have at most 10 MB together' },
  ],
  [
    'EMAIL',
    { attachments: [file(), file({ fileName: '../a', contentType: 'text' })] },
    {
      'attachments[1].fileName': 'must be 1 to 255 characters of one line, without / and \\',
      'attachments[1].contentType': 'must be a media type, e.g. application/pdf',
    },
  ],
  ['EMAIL', { metadata: { email: { replyTo: 'nobody' } } }, { 'metadata.email.replyTo': 'must be an e-mail address' }],
  ['SMS', { text: 'x'.repeat(1_600) }, {}],
  ['SMS', { text: 'x'.repeat(1_601) }, { content: 'must have at most 1,600 characters' }],
  ['SMS', { attachments: [file()] }, { attachments: 'cannot be sent by SMS; only EMAIL carries files' }],
  ['SLACK', { text: '', metadata: { slack: { blocks: [{ type: 'divider' }] } } }, {}],
  ['SLACK', { metadata: { slack: { blocks: [{}] } } }, { 'metadata.slack.blocks[0]': 'must have a type' }],
  [
    'SLACK',
    { metadata: { slack: { threadTs: '1' } } },
    { 'metadata.slack.threadTs': 'must be the time stamp of a message, e.g. 1503435956.000247' },
  ],
  ['SLACK', { text: 'x'.repeat(40_001) }, { content: 'must have at most 40,000 characters' }],
  ['WEBHOOK', { text: '' }, {}],
  [
    'WEBHOOK',
    { metadata: { webhook: { type: 'a b' } } },
    { 'metadata.webhook.type': 'must be words of letters, digits and _, separated by dots' },
  ],
  ['IN_APP', {}, {}],
] as const)('message by %s: %#', (channel, more, expected) => {
  const problems = messageProblems(channel, content(more as Partial<MessageContent>));
  expect(Object.fromEntries(problems.map(({ path, message }) => [path, message]))).toEqual(expected);
});
