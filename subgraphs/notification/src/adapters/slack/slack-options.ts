import { z } from 'zod';

/** Slack's limits. */
const MAX_BLOCKS = 50;
const MAX_ATTACHMENTS = 20;

const part = z.record(z.string(), z.unknown());
const block = part.refine((value) => typeof value['type'] === 'string', 'must have a type');

const shape = z
  .strictObject({
    blocks: z.array(block).max(MAX_BLOCKS, `must be at most ${MAX_BLOCKS}`).nullish(),
    attachments: z.array(part).max(MAX_ATTACHMENTS, `must be at most ${MAX_ATTACHMENTS}`).nullish(),
    threadTs: z
      .string()
      .regex(/^\d{1,12}\.\d{1,6}$/, 'must be the time stamp of a message, e.g. 1503435956.000247')
      .nullish(),
    unfurlLinks: z.boolean().nullish(),
    unfurlMedia: z.boolean().nullish(),
  })
  .nullish()
  .transform((options) => options ?? {});

/** `metadata.slack` of a notification: `blocks`, `attachments`, `threadTs`, `unfurlLinks`, `unfurlMedia`. */
export const slackOptions = (value: unknown) => shape.safeParse(value);
