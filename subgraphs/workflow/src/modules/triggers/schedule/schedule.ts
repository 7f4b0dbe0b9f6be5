import { Cron } from 'croner';
import { zoneOffset } from '@flowmesh/platform/times';
import { localTimeAt, momentOf } from './local-time.ts';

const MINUTE_MS = 60_000;
/** A time that does not come within this time does not come: 29 February comes within eight years. */
const HORIZON_MS = 10 * 366 * 24 * 3_600_000;
/** Times that the clocks show twice lie behind one another: a day of minutes at most. */
const MAX_STEPS = 2_000;

/** What is wrong with a cron expression, in words; null when it can be used. */
export function cronProblem(cron: string): string | null {
  try {
    const parsed = parse(cron, new Date(0));
    return parsed.nextRun(new Date(0)) ? null : 'never happens';
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return `is no cron expression of five fields (minute, hour, day, month, weekday), e.g. "30 2 * * *": ${reason}`;
  }
}

export const isTimeZone = (zone: string): boolean => !Number.isNaN(zoneOffset(zone, 0));

/**
 * The first time of a schedule after this moment; null when there is none within ten years. The library finds the times that the
 * clocks are to show; which moments these are is decided here, for all expressions by the same rule: a time that the clocks leave
 * out runs at the minute at which they go on, one that they show twice runs the first time, and times that fall on one moment run
 * once.
 */
export function nextTime(cron: string, zone: string, after: Date): Date | null {
  const local = Math.floor(localTimeAt(zone, after.getTime()) / MINUTE_MS) * MINUTE_MS;
  const times = parse(cron, new Date(local));
  let wanted: Date | null = new Date(local);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    wanted = times.nextRun(wanted);
    if (!wanted) return null;
    const moment = momentOf(zone, wanted.getTime());
    if (moment > after.getTime()) return new Date(moment);
  }
  return null;
}

/** The next times of a schedule, at most `count`. */
export function nextTimes(cron: string, zone: string, after: Date, count: number): Date[] {
  const times: Date[] = [];
  let last: Date | null = after;
  while (times.length < count) {
    last = nextTime(cron, zone, last);
    if (!last) break;
    times.push(last);
  }
  return times;
}

const parse = (cron: string, from: Date): Cron =>
  new Cron(cron, {
    timezone: 'UTC',
    paused: true,
    mode: '5-part',
    stopAt: new Date(from.getTime() + HORIZON_MS).toISOString(),
  });
