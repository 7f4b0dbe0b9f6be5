import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';
import { requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { ChannelAdapter, CheckedRecipient } from '../../adapters/channel-adapter.ts';
import { channelProblems } from '../../adapters/channel-problems.ts';
import type { Provider } from '../delivery/provider-store.ts';
import type { MessageText } from './message-source.ts';
import type { SendValues } from './notification-input.ts';
import type { NewNotification } from './notification-store.ts';
import { sendsAnywhere } from './sending-rights.ts';

const MAX_ATTACHMENT_CHARACTERS = 1_000_000;
const MAX_AHEAD_MS = 366 * 24 * 3_600_000;

export interface PreparationContext {
  readonly viewer: Viewer;
  readonly requestId: string;
  /** Of the channel, in order. */
  readonly providers: readonly Provider[];
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly now: Date;
}

export type Prepared = { readonly notification: NewNotification } | { readonly problems: readonly InvalidField[] };

/** Turns checked values into a notification that can be stored, or says everything that is in the way. */
export function prepareNotification(context: PreparationContext, values: SendValues, message: MessageText): Prepared {
  const { viewer, requestId, now } = context;
  const { userId: senderId } = signedIn(viewer);
  const userId = values.userId ?? senderId;
  const isConfidential = values.confidential ?? false;
  const checked = checkRecipient(context, values, userId);
  const problems = [
    ...userProblems(context, values, userId),
    ...('problem' in checked ? [{ path: 'recipient', message: checked.problem }] : []),
    ...timeProblems(values, now),
    ...attachmentProblems(values, message),
    ...confidentialProblems(values),
    ...channelProblems(values.channel, message.content, values.metadata ?? {}),
  ];
  if (problems.length > 0 || 'problem' in checked) return { problems };
  return {
    notification: {
      id: newId(),
      userId,
      senderId,
      channel: values.channel,
      ...message,
      recipient: checked.recipient,
      attachments: values.attachments?.length ? values.attachments : null,
      metadata: values.metadata ?? {},
      priority: values.priority,
      scheduledAt: values.scheduledAt ?? null,
      timeZone: values.timeZone ?? null,
      expiresAt: values.expiresAt ?? null,
      holdUntil: values.scheduledAt ?? null,
      isTracked: isTrackable(viewer, values) && !isConfidential && (values.allowTracking ?? true),
      isConfidential,
      sealedContent: null,
      idempotencyKey: values.idempotencyKey ?? null,
      requestDigest: digestOf(values, senderId),
      bulkId: null,
      replayOfId: null,
      requestId,
    },
  };
}

/**
 * Whoever says what would be the default anyway asks for the same as who leaves it out. What a confidential one says may be
 * a short code, which could be found out by trying.
 */
function digestOf({ idempotencyKey, ...asked }: SendValues, senderId: string): string | null {
  if (idempotencyKey == null) return null;
  const { subject, content, htmlContent, variables, ...rest } = asked;
  const said = { subject, content, htmlContent, variables: filled(variables) };
  return requestDigest({
    ...rest,
    ...(asked.confidential ? {} : said),
    userId: rest.userId === senderId ? null : rest.userId,
    metadata: filled(rest.metadata),
    attachments: filled(rest.attachments),
    allowTracking: rest.allowTracking === false ? false : null,
    confidential: rest.confidential === true ? true : null,
  });
}

/** Null for an object or a list without anything in it. */
export const filled = (value: object | null | undefined): object | null =>
  value && Object.keys(value).length > 0 ? value : null;

/**
 * Links of tracked mail lead over the product's own domain to anywhere: who may not name any recipient gets no such links,
 * not even to themselves.
 */
const isTrackable = (viewer: Viewer, { channel }: SendValues): boolean => channel === 'EMAIL' && sendsAnywhere(viewer);

function userProblems(
  { viewer }: PreparationContext,
  { channel, recipient }: SendValues,
  userId: string,
): InvalidField[] {
  const problems: InvalidField[] = [];
  if (userId !== signedIn(viewer).userId && !hasScope(viewer, 'notification:send-any')) {
    problems.push({ path: 'userId', message: 'must be you: others need the permission notification:send-any' });
  }
  if (channel === 'IN_APP' && recipient != null) {
    problems.push({ path: 'recipient', message: 'must be left out: IN_APP reaches the user' });
  }
  return problems;
}

/** As the first provider has it that reaches the recipient; otherwise the first of all says what is wrong. */
export function checkRecipient(
  { providers, adapters }: Pick<PreparationContext, 'providers' | 'adapters'>,
  { channel, recipient }: Pick<SendValues, 'channel' | 'recipient'>,
  userId: string,
): CheckedRecipient {
  const given = channel === 'IN_APP' ? userId : (recipient ?? '');
  const unchecked = given === '' ? { problem: 'must be given' } : { recipient: given };
  const checked = providers.map(
    ({ provider, settings }) => adapters.get(provider)?.checkRecipient?.(given, settings) ?? unchecked,
  );
  return checked.find((one) => 'recipient' in one) ?? checked[0] ?? unchecked;
}

function timeProblems({ scheduledAt, expiresAt }: SendValues, now: Date): InvalidField[] {
  const problems: InvalidField[] = [];
  if (scheduledAt && scheduledAt.getTime() > now.getTime() + MAX_AHEAD_MS) {
    problems.push({ path: 'scheduledAt', message: 'must be at most a year ahead' });
  }
  const begin = Math.max(now.getTime(), scheduledAt?.getTime() ?? 0);
  if (expiresAt && expiresAt.getTime() <= begin) {
    problems.push({ path: 'expiresAt', message: 'must be in the future, and after scheduledAt' });
  }
  return problems;
}

function confidentialProblems({ confidential, channel, attachments }: SendValues): InvalidField[] {
  if (!confidential) return [];
  const problems: InvalidField[] = [];
  if (channel === 'IN_APP') {
    problems.push({ path: 'confidential', message: 'must be false: the inbox keeps the content' });
  }
  if (attachments?.length) problems.push({ path: 'attachments', message: 'must be left out: they are kept' });
  return problems;
}

function attachmentProblems({ channel, attachments }: SendValues, { htmlContent }: MessageText): InvalidField[] {
  const problems: InvalidField[] = [];
  if (attachments?.length && channel !== 'EMAIL') {
    problems.push({ path: 'attachments', message: 'only e-mail has attachments' });
  }
  if (htmlContent !== null && channel !== 'EMAIL' && channel !== 'IN_APP') {
    problems.push({ path: 'htmlContent', message: 'only e-mail and the inbox show HTML' });
  }
  const size = attachments?.reduce((sum, { content }) => sum + content.length, 0) ?? 0;
  if (size > MAX_ATTACHMENT_CHARACTERS) {
    problems.push({ path: 'attachments', message: 'must be at most 1,000,000 characters of base64 together' });
  }
  return problems;
}
