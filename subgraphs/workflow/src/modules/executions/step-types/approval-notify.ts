import { z } from 'zod';
import type { Notify } from '../engine/approvals/approval-changes.ts';
import type { ConfigExpression } from './step-type.ts';

const CHANNELS = ['EMAIL', 'IN_APP', 'SLACK', 'WEBHOOK'] as const;
const named = 'must be EMAIL, IN_APP, SLACK or WEBHOOK, each at most once';

export const notifyShape = z.strictObject({
  channels: z.array(z.enum(CHANNELS, named)).min(1, 'must name a channel').max(CHANNELS.length, named),
  slack: z.string().min(1).max(100).optional(),
  webhook: z
    .url({ protocol: /^https?$/, error: 'must be the http or https address of an endpoint' })
    .max(2_000)
    .optional(),
  subject: z.string().optional(),
  message: z.string().optional(),
  links: z.boolean().optional(),
  remindSeconds: z.int().min(1, 'must be at least 1').optional(),
});

export type GivenNotify = z.output<typeof notifyShape>;

const MAX_SUBJECT = 200;
const MAX_MESSAGE = 10_000;

/** What is wrong with it beyond its shape: path and message. */
export function* notifyProblems(given: GivenNotify, deadlineSeconds: number): Generator<[string[], string]> {
  const { channels, slack, webhook, remindSeconds } = given;
  if (new Set(channels).size < channels.length) yield [['channels'], named];
  for (const [channel, value, what] of [
    ['SLACK', slack, 'slack'],
    ['WEBHOOK', webhook, 'webhook'],
  ] as const) {
    if (channels.includes(channel) !== (value !== undefined)) {
      yield [[what], `belongs to the channel ${channel}, and only to it`];
    }
  }
  if (remindSeconds !== undefined && remindSeconds >= deadlineSeconds) {
    yield [['remindSeconds'], 'must be less than deadlineSeconds: it counts back from the deadline'];
  }
}

export const notifyExpressions = ({ subject, message }: GivenNotify): ConfigExpression[] => [
  ...(subject === undefined ? [] : [{ path: 'notify.subject', language: 'jsonata' as const, text: subject }]),
  ...(message === undefined ? [] : [{ path: 'notify.message', language: 'jsonata' as const, text: message }]),
];

/** `textOf`: the value of an expression, a text of 1 to so many characters. */
export async function notifyOf(
  given: GivenNotify,
  textOf: (expression: ConfigExpression, most: number) => Promise<string>,
): Promise<Notify> {
  const texts = new Map<string, string>();
  for (const expression of notifyExpressions(given)) {
    const most = expression.path === 'notify.subject' ? MAX_SUBJECT : MAX_MESSAGE;
    texts.set(expression.path, await textOf(expression, most));
  }
  return {
    channels: given.channels,
    slack: given.slack ?? null,
    webhook: given.webhook ?? null,
    subject: texts.get('notify.subject')?.replace(/\s+/g, ' ').trim() || null,
    message: texts.get('notify.message') ?? null,
    links: given.links ?? true,
    remindSeconds: given.remindSeconds ?? null,
  };
}
