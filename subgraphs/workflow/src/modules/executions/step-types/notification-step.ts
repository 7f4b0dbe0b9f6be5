import { jsonValue } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { rememberShape } from './remember.ts';
import { requireScope } from './require-scope.ts';
import { scopesOn } from './service-scopes.ts';
import { StepFailure, StepWait, type StepType } from './step-type.ts';
import { expressionsIn, filled, hasMisplaced, MAX_PLACEHOLDERS, MISPLACED } from './templates.ts';

const MAX_MESSAGE_BYTES = 1_048_576;

/** A text, or an expression for it. The notification domain knows what it may be. */
const text = z.string().optional();

const message = z.strictObject({
  channel: z.enum(['EMAIL', 'SMS', 'SLACK', 'WEBHOOK', 'IN_APP']),
  userId: text,
  recipient: text,
  subject: text,
  content: text,
  htmlContent: text,
  templateId: text,
  templateVersion: z.int().optional(),
  variables: z.record(z.string(), z.unknown()).optional(),
  language: text,
  category: text,
  metadata: z.record(z.string(), z.unknown()).optional(),
  priority: z.enum(['LOW', 'NORMAL', 'HIGH', 'CRITICAL']).optional(),
});

const REACHED = { SENT: ['SENT', 'DELIVERED'], DELIVERED: ['DELIVERED'] } as const;

const config = message
  .extend({ waitFor: z.enum(['SENT', 'DELIVERED']).optional(), remember: rememberShape.optional() })
  .refine(({ templateId, content }) => templateId !== undefined || content !== undefined, {
    message: 'needs either content or templateId',
    path: ['content'],
    params: { missing: true },
  })
  .refine(({ templateId, content }) => templateId === undefined || content === undefined, {
    message: 'cannot be given together with templateId: the template has the content',
    path: ['content'],
  })
  .refine((value) => jsonValue({ maxBytes: MAX_MESSAGE_BYTES }).safeParse(value).success, {
    message: 'a message must have at most 1 MB',
    path: ['content'],
  })
  .refine((value) => expressionsIn(value, '').length <= MAX_PLACEHOLDERS, {
    message: `a message must have at most ${MAX_PLACEHOLDERS} expressions`,
    path: ['content'],
  })
  .refine((value) => !hasMisplaced(value), { message: MISPLACED, path: ['content'] });

/** Its end, when it was not sent. */
const GIVEN_UP: ReadonlySet<string> = new Set(['FAILED', 'CANCELLED', 'EXPIRED']);

/**
 * Sends a notification on behalf of whoever started the execution, once for each run of the step, however many attempts that
 * takes; its result is the id and the status.
 */
export const notificationStep: StepType = {
  needsAgent: false,
  config,
  expressions: (value) => expressionsIn(messageOf(value), ''),
  async run(run) {
    const { step, execution, key, notifications, sent } = run;
    const { waitFor } = config.parse(step.config);
    const filledIn = (await filled(messageOf(step.config), '', run)) as Record<string, unknown>;
    const may = await run.rights();
    requireScope(may, 'notification:send');
    const sender = {
      userId: execution.startedById,
      scopes: scopesOn(may.scopes, 'notification', 'user'),
      roleIds: may.roleIds,
      workflowId: execution.workflowId,
      requestId: execution.requestId ?? execution.id,
    };
    const idempotencyKey = `${execution.id}:${step.id}:${key.generation}`;
    const notification = await notifications.send(sender, filledIn, idempotencyKey);
    if (!notification) return { kind: 'completed', result: { notificationId: null, status: 'UNWANTED' } };
    const { id: notificationId, status, problem } = notification;
    await sent(notificationId);
    const result = { notificationId, status };
    if (waitFor === undefined || (REACHED[waitFor] as readonly string[]).includes(status)) {
      return { kind: 'completed', result };
    }
    if (GIVEN_UP.has(status)) {
      const why = problem === null ? '' : `: ${problem}`;
      throw new StepFailure('NOTIFICATION_FAILED', `The notification ${notificationId} is ${status}${why}`, false);
    }
    throw new StepWait('notification', {
      reason: `The notification ${notificationId} is ${status}; the step waits until it is ${waitFor}.`,
      retryAfterMs: null,
      maxWaitMs: step.timeoutSeconds * 1_000,
      code: 'TIMEOUT',
    });
  },
};

/** What is sent: everything but what the step does besides. */
const messageOf = (value: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => Object.hasOwn(message.shape, name)));
