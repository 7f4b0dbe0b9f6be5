import { hasScope, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import { forbidden } from '@flowmesh/platform/errors';
import { conflict, invalidInput, parseInput } from '@flowmesh/platform/validation';
import type { Accounts } from '../notifications/accounts.ts';
import { updateShape, type UpdatePreferencesInput } from './preference-input.ts';
import { WEEKDAYS, type Judged, type Preferences, type Verdict } from './preference-record.ts';
import type { PreferenceStore, Wishes } from './preference-store.ts';

const UPDATE_ATTEMPTS = 3;

/** Of those who have said nothing: everything, at once, at any time. */
const unspoken = (userId: string): Preferences => ({
  userId,
  timeZone: 'UTC',
  quietHours: null,
  language: null,
  allowTracking: true,
  rules: [],
  version: 0,
  updatedAt: null,
});

/** What users want to get, and what that means for a notification. */
export class PreferenceService {
  constructor(
    private readonly store: PreferenceStore,
    private readonly accounts: Accounts,
  ) {}

  /** Of the viewer, when nobody is named. */
  async read(viewer: Viewer, userId: string | null): Promise<Preferences> {
    return this.of(whose(viewer, userId));
  }

  async update({ viewer, requestId }: Caller, input: UpdatePreferencesInput) {
    const userId = whose(viewer, input.userId ?? null);
    const parsed = parseInput(updateShape, input);
    if (!parsed.ok) return parsed.error;
    if (userId !== signedIn(viewer).userId && !(await this.accounts.loader(requestId).load(userId)).exists) {
      return invalidInput([{ path: 'userId', message: 'there is no such user' }]);
    }
    const { data } = parsed;
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt += 1) {
      const before = await this.of(userId);
      if (input.expectedVersion != null && input.expectedVersion !== before.version) {
        return conflict(`The preferences are at version ${before.version}, not ${input.expectedVersion}.`);
      }
      const { quietHours } = data;
      const silent = unspoken(userId);
      const settings = {
        timeZone: data.timeZone === undefined ? before.timeZone : (data.timeZone ?? silent.timeZone),
        quietHours:
          quietHours === undefined
            ? before.quietHours
            : quietHours && { ...quietHours, days: quietHours.days ?? [...WEEKDAYS] },
        language: data.language === undefined ? before.language : data.language,
        allowTracking:
          data.allowTracking === undefined ? before.allowTracking : (data.allowTracking ?? silent.allowTracking),
      };
      const rules =
        data.rules === undefined
          ? before.rules
          : (data.rules ?? []).map(({ category, digestMinutes, ...rule }) => ({
              ...rule,
              category: category ?? null,
              digestMinutes: digestMinutes ?? null,
            }));
      const preferences = await this.store.replace(userId, before.version, { settings, rules });
      if (preferences) return { __typename: 'UpdateNotificationPreferencesSuccess' as const, preferences };
    }
    return conflict('These preferences are being changed elsewhere; try again.');
  }

  /** In the order of the ids; null for those who have not said. */
  async languagesOf(userIds: readonly string[]): Promise<(string | null)[]> {
    const languages = await this.store.languagesOf(userIds);
    return userIds.map((id) => languages.get(id) ?? null);
  }

  /** What becomes of each notification, in their order. CRITICAL ones pass, whatever was wished. */
  async judge(notifications: readonly Judged[]): Promise<Verdict[]> {
    const wishes = await this.store.judge(notifications);
    return notifications.map((notification, index) => verdictOn(notification, wishes[index] as Wishes));
  }

  private async of(userId: string): Promise<Preferences> {
    return (await this.store.findMany([userId]))[0] ?? unspoken(userId);
  }
}

function verdictOn({ priority, category, channel, at }: Judged, wishes: Wishes): Verdict {
  const { allowTracking, digestMinutes, quietUntil } = wishes;
  if (priority === 'CRITICAL') {
    return { isWanted: true, holdUntil: at, digestMinutes: null, allowTracking };
  }
  const what = category === null ? channel : `${JSON.stringify(category)} by ${channel}`;
  if (wishes.hasUnsubscribed) return { isWanted: false, reason: `The recipient has unsubscribed from ${what}.` };
  if (!wishes.isEnabled) return { isWanted: false, reason: `The user does not want ${what}.` };
  return { isWanted: true, holdUntil: quietUntil ?? at, digestMinutes, allowTracking };
}

/** One's own; those of others are for administrators. */
function whose(viewer: Viewer, userId: string | null): string {
  const { userId: self } = signedIn(viewer);
  if (userId === null || userId === self) return self;
  if (!hasScope(viewer, 'notification:write-any')) {
    throw forbidden('Preferences of others need the permission notification:write-any.');
  }
  return userId;
}
