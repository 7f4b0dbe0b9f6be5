import { id, name } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { language } from '../templates/languages.ts';
import { timeZone } from './time-zone.ts';
import { WEEKDAYS, type Weekday } from './preference-record.ts';

const MAX_RULES = 200;

const clock = z
  .string()
  .trim()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day as HH:MM, 00:00 to 23:59');

const quietHours = z
  .object({
    from: clock,
    until: clock,
    days: z
      .array(z.enum(WEEKDAYS as [Weekday, ...Weekday[]]))
      .min(1, 'must be at least one day')
      .transform((days) => WEEKDAYS.filter((day) => days.includes(day)))
      .nullish(),
  })
  .refine(({ from, until }) => from !== until, { path: ['until'], message: 'must not be the time they begin' });

const rule = z.object({
  channel: z.enum(['EMAIL', 'SMS', 'SLACK', 'WEBHOOK', 'IN_APP']),
  category: name({ min: 1, max: 100 }).nullish(),
  isEnabled: z.boolean().default(true),
  digestMinutes: z
    .int('must be 1 to 10,080')
    .min(1, 'must be 1 to 10,080')
    .max(10_080, 'must be 1 to 10,080')
    .nullish(),
});

const rules = z
  .array(rule)
  .max(MAX_RULES, `must be at most ${MAX_RULES} rules`)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [index, { channel, category }] of list.entries()) {
      const key = `${channel} ${category ?? ''}`;
      if (seen.has(key)) context.addIssue({ code: 'custom', path: [index], message: 'is there already' });
      seen.add(key);
    }
  });

export const updateShape = z.object({
  userId: id().nullish(),
  timeZone: timeZone().nullish(),
  quietHours: quietHours.nullish(),
  language: language().nullish(),
  allowTracking: z.boolean().nullish(),
  rules: rules.nullish(),
});

/** What is left out stays as it is. */
export type UpdatePreferencesInput = z.input<typeof updateShape> & {
  readonly expectedVersion?: number | null;
};
