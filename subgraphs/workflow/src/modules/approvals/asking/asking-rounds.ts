import { startRounds, type Rounds } from '@flowmesh/platform/lifecycle';
import { warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import { ServiceAwayError } from '@flowmesh/platform/services';
import { linkHash, newLinkToken } from '../links/link-token.ts';
import type { LinkStore } from '../links/link-store.ts';
import type { Approvers, Notify } from '../../executions/engine/approvals/approval-changes.ts';
import { approvalIdOf, type ClaimedAsking, type NewNotice, type NoticeRecord } from './asking-record.ts';
import type { AskingStore } from './asking-store.ts';
import type { ApproverDirectory, Person } from './approver-directory.ts';
import type { NoticeCalls, Sent } from './notice-calls.ts';
import { noticeText } from './notice-text.ts';

export interface AskingParts {
  readonly store: AskingStore;
  readonly links: LinkStore;
  readonly directory: Pick<ApproverDirectory, 'people'>;
  readonly calls: Pick<NoticeCalls, 'send' | 'look' | 'withdraw' | 'hasEndpoint'>;
  /** The page of links. */
  readonly linkUrl: (token: string) => string;
  readonly logger: Logger;
}

const POLL_MS = 1_000;
const ASKINGS_AT_ONCE = 5;
/** In one try of an asking. */
const NOTICES_AT_ONCE = 20;
/** Of one starter. */
const NOTICES_PER_DAY = 1_000;
const SHORTEST_MS = 500;
const LONGEST_MS = 300_000;
/** What preferences go by. */
const CATEGORY = 'approval';

/**
 * Tells people what they are asked, and follows what becomes of it. All state is in the database: what a killed process
 * has begun is taken up by another, and the idempotency key keeps anybody from being told twice.
 */
export function startAsking(parts: AskingParts): Rounds {
  const warnOfAbsence = warnSeldom(parts.logger, 'approvers are told later: a service does not answer');
  return startRounds({
    name: 'approval notices',
    pollMs: POLL_MS,
    logger: parts.logger,
    round: async () => {
      const claimed = await parts.store.claim(ASKINGS_AT_ONCE);
      await Promise.all(claimed.map((asking) => tryOne(parts, asking, warnOfAbsence)));
      return claimed.length === ASKINGS_AT_ONCE;
    },
  });
}

async function tryOne(parts: AskingParts, asking: ClaimedAsking, warnOfAbsence: WarnSeldom): Promise<void> {
  try {
    await parts.store.settle(asking, await proceed(parts, asking));
  } catch (error) {
    if (!(error instanceof ServiceAwayError)) throw error;
    warnOfAbsence({ err: error, executionId: asking.executionId });
    await parts.store.settle(asking, nextInMs(asking));
  }
}

/** When to go on, in milliseconds; null when all is done. */
async function proceed(parts: AskingParts, asking: ClaimedAsking): Promise<number | null> {
  const { store } = parts;
  const { notify } = asking.asked;
  if (!notify) return null;
  const isOver = asking.status !== 'PENDING' || asking.isLate;
  if (isOver) await store.giveUp(asking, OVER);
  let { planned, open } = await store.openNotices(asking, NOTICES_AT_ONCE);
  if (!planned) {
    if (isOver) return null;
    await store.plan(asking, await noticesOf(parts, asking, notify), NOTICES_PER_DAY);
    ({ planned, open } = await store.openNotices(asking, NOTICES_AT_ONCE));
  }
  const waiting = open.filter(({ status }) => status === 'WAITING');
  const usernames = await usernamesOf(parts, waiting);
  const sent = await Promise.all(waiting.map((notice) => send(parts, asking, notify, { ...notice, usernames })));
  const taken = open.filter(({ status }) => status === 'ACCEPTED');
  await follow(parts, isOver ? await withdraw(parts, taken) : taken);
  const rest = (await store.openNotices(asking, 1)).open.length;
  if (rest === 0) return null;
  return waiting.length === NOTICES_AT_ONCE && sent.every(Boolean) ? 0 : nextInMs(asking);
}

const OVER = 'It was decided, or its time was over, before.';

/** Nobody is to be asked for what is over. Those that are not to be stopped any more; what becomes of them is followed. */
async function withdraw({ store, calls }: AskingParts, taken: readonly NoticeRecord[]): Promise<NoticeRecord[]> {
  const left: NoticeRecord[] = [];
  for (const notice of taken) {
    const stopped = notice.notificationId !== null && (await calls.withdraw(notice.notificationId));
    if (stopped) await store.note(notice.id, 'CANCELLED', { problem: OVER });
    else left.push(notice);
  }
  return left;
}

/** About half of the time that has passed, so that what lasts long is looked at seldom. */
const nextInMs = ({ ageMs }: ClaimedAsking): number => Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ageMs / 2));

/** Whom this occasion concerns. */
function addressees({ asked, occasion, isEscalated }: ClaimedAsking): Approvers {
  const { approvers, escalation } = asked;
  const nobody: Approvers = { userIds: [], roleIds: [] };
  if (occasion === 'ASKED') return approvers;
  if (occasion === 'ESCALATED') return escalation ?? nobody;
  const added = isEscalated ? (escalation ?? nobody) : nobody;
  return { userIds: [...approvers.userIds, ...added.userIds], roleIds: [...approvers.roleIds, ...added.roleIds] };
}

async function noticesOf({ directory }: AskingParts, asking: ClaimedAsking, notify: Notify): Promise<NewNotice[]> {
  const people = (await directory.people(addressees(asking))).filter(({ id }) => !asking.decidedIds.includes(id));
  const key = `${approvalIdOf(asking)}:${asking.occasion}`;
  const personal = notify.channels.filter((channel) => channel !== 'SLACK');
  return [
    ...people.flatMap((person) =>
      personal.map((channel) => ({
        id: `${key}:${channel}:${person.id}`,
        channel,
        approverId: person.id,
        problem: problemOf(person),
      })),
    ),
    ...(notify.slack === null
      ? []
      : [{ id: `${key}:SLACK`, channel: 'SLACK' as const, approverId: null, problem: null }]),
  ];
}

const problemOf = ({ isActive }: Person): string | null => (isActive ? null : 'The user cannot sign in at present.');

async function usernamesOf({ directory }: AskingParts, notices: readonly NoticeRecord[]): Promise<Usernames> {
  const userIds = [...new Set(notices.flatMap(({ approverId }) => approverId ?? []))];
  const people = userIds.length === 0 ? [] : await directory.people({ userIds, roleIds: [] });
  return new Map(people.map(({ id, username }) => [id, username]));
}

type Usernames = ReadonlyMap<string, string>;
type Waiting = NoticeRecord & { readonly usernames: Usernames };

/** Whether it is known what came of it. */
async function send(parts: AskingParts, asking: ClaimedAsking, notify: Notify, notice: Waiting): Promise<boolean> {
  const { store, calls } = parts;
  const { channel, approverId, id } = notice;
  if (channel === 'WEBHOOK' && !(await calls.hasEndpoint(approverId ?? '', notify.webhook ?? ''))) {
    const problem = 'The user has no endpoint of this address that is in use (createWebhookEndpoint).';
    await store.note(id, 'REFUSED', { problem });
    return true;
  }
  // The inbox keeps what it shows, and a Slack channel has more than one reader.
  const isSecret = notify.links && (channel === 'EMAIL' || channel === 'WEBHOOK');
  const outcome = await sendWith(parts, asking, notify, notice, isSecret ? newLinkToken() : null);
  if (outcome.kind === 'taken') {
    const counts = await store.note(id, outcome.status, { notificationId: outcome.id });
    // It was decided while it was sent.
    if (!counts) await calls.withdraw(outcome.id);
  } else if (outcome.kind === 'ended') await store.note(id, outcome.status, { problem: outcome.problem });
  else await store.note(id, 'WAITING', { problem: outcome.problem });
  return outcome.kind !== 'later';
}

async function sendWith(
  { links, calls, linkUrl }: AskingParts,
  asking: ClaimedAsking,
  notify: Notify,
  { id, channel, approverId, usernames }: Waiting,
  token: string | null,
): Promise<Sent> {
  const username = usernames.get(approverId ?? '');
  const answer = token !== null && username !== undefined ? { link: linkUrl(token), username } : null;
  const { workflowId, executionId, stepId, deadlineAt } = asking;
  const input = {
    channel,
    ...noticeText(asking, answer),
    ...(approverId === null ? {} : { userId: approverId }),
    ...(channel === 'SLACK' ? { recipient: notify.slack } : {}),
    ...(channel === 'WEBHOOK' ? { recipient: notify.webhook } : {}),
    ...(answer ? { confidential: true } : {}),
    ...{ category: CATEGORY, priority: 'HIGH', allowTracking: false, expiresAt: deadlineAt.toISOString() },
    metadata: { workflowId, workflowExecutionId: executionId, stepId },
  };
  if (!answer || token === null) return calls.send(input, id);
  const hash = linkHash(token);
  await links.add(hash, id);
  const outcome = await calls.send(input, id);
  if (outcome.kind === 'taken' && outcome.created) await links.keepOnly(hash, id);
  else await links.remove(hash);
  return outcome;
}

/** What has become of those that were taken. */
async function follow({ store, calls }: AskingParts, taken: readonly NoticeRecord[]): Promise<void> {
  const ids = taken.flatMap(({ notificationId }) => notificationId ?? []);
  if (ids.length === 0) return;
  const found = await calls.look(ids);
  for (const { id, notificationId } of taken) {
    const status = found.get(notificationId ?? '');
    if (status === 'ACCEPTED') continue;
    const problem = status === 'FAILED' ? 'It could not be delivered.' : null;
    await store.note(id, status ?? 'EXPIRED', { problem: status ? problem : 'It is no longer kept.' });
  }
}
