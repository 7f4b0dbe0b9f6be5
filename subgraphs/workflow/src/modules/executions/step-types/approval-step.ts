import { evaluateJsonata } from '@flowmesh/platform/expressions';
import { id } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { notifyExpressions, notifyOf, notifyProblems, notifyShape } from './approval-notify.ts';
import { StepFailure, type ConfigExpression, type StepRun, type StepType } from './step-type.ts';

const MAX_SECONDS = 30 * 86_400;
const MAX_APPROVERS = 50;
const MAX_MESSAGE = 2_000;
const seconds = `must be a whole number of seconds, 1 to ${MAX_SECONDS.toLocaleString('en')} (30 days)`;
const quorum = `must be 1 to ${MAX_APPROVERS}`;
const ids = z.array(id()).max(MAX_APPROVERS, `must be at most ${MAX_APPROVERS}`).optional();
const duration = z.int(seconds).min(1, seconds).max(MAX_SECONDS, seconds);

const approvers = { userIds: ids, roleIds: ids };

const settings = z.strictObject({
  message: z.string(),
  approvers: z.strictObject({ ...approvers, owner: z.boolean().optional() }),
  quorum: z.int(quorum).min(1, quorum).max(MAX_APPROVERS, quorum).optional(),
  deadlineSeconds: duration,
  onDeadline: z.enum(['REJECT', 'APPROVE', 'FAIL', 'ESCALATE'], 'must be REJECT, APPROVE, FAIL or ESCALATE').optional(),
  escalateTo: z.strictObject({ ...approvers, seconds: duration.optional() }).optional(),
  onReject: z.enum(['FAIL', 'CONTINUE'], 'must be FAIL or CONTINUE').optional(),
  notify: notifyShape.optional(),
});

const isAnybody = (asked: {
  userIds?: unknown[] | undefined;
  roleIds?: unknown[] | undefined;
  owner?: boolean | undefined;
}) => (asked.userIds ?? []).length + (asked.roleIds ?? []).length > 0 || asked.owner === true;

const config = settings.superRefine((given, { addIssue }) => {
  const tell = (path: string, message: string) => addIssue({ code: 'custom', message, path: [path] });
  if (!isAnybody(given.approvers)) tell('approvers', 'must name somebody: userIds, roleIds, or owner: true');
  const escalates = given.onDeadline === 'ESCALATE';
  if (escalates !== (given.escalateTo !== undefined))
    tell('escalateTo', 'belongs to onDeadline: ESCALATE, and only to it');
  if (given.escalateTo && !isAnybody(given.escalateTo)) tell('escalateTo', 'must name somebody: userIds or roleIds');
  const people = new Set(given.approvers.userIds).size + (given.approvers.owner ? 1 : 0);
  const isOpen = (given.approvers.roleIds ?? []).length > 0;
  if (people > 0 && !isOpen && (given.quorum ?? 1) > people)
    tell('quorum', `must be at most the number of approvers, ${people}`);
  if (given.notify) {
    for (const [path, message] of notifyProblems(given.notify, given.deadlineSeconds)) {
      addIssue({ code: 'custom', message, path: ['notify', ...path] });
    }
  }
});

const expressionOf = (text: string): ConfigExpression => ({ path: 'message', language: 'jsonata', text });

async function textOf(
  { execution, values }: Pick<StepRun, 'execution' | 'values'>,
  expression: ConfigExpression,
  most: number,
): Promise<string> {
  const { path, text } = expression;
  const value = await evaluateJsonata(text, await values(expression), { owner: execution.startedById });
  if (typeof value === 'string' && value !== '' && value.length <= most) return value;
  throw new StepFailure('EXPRESSION', `${path} must be a text of 1 to ${most.toLocaleString('en')} characters`, false);
}

/** Asks people, and waits until enough have approved, one has rejected, or the time is over. */
export const approvalStep: StepType = {
  needsAgent: false,
  config,
  expressions(value) {
    const { message, notify } = settings.parse(value);
    return [expressionOf(message), ...(notify ? notifyExpressions(notify) : [])];
  },
  async run(run) {
    const { step, execution } = run;
    const given = settings.parse(step.config);
    const message = await textOf(run, expressionOf(given.message), MAX_MESSAGE);
    const { notify } = given;
    const { escalateTo: to, deadlineSeconds } = given;
    const owner = given.approvers.owner ? [execution.ownerId] : [];
    return {
      kind: 'approval',
      approval: {
        message,
        approvers: {
          userIds: [...new Set([...(given.approvers.userIds ?? []), ...owner])],
          roleIds: given.approvers.roleIds ?? [],
        },
        quorum: given.quorum ?? 1,
        deadlineSeconds,
        onDeadline: given.onDeadline ?? 'REJECT',
        escalation: to
          ? { userIds: to.userIds ?? [], roleIds: to.roleIds ?? [], seconds: to.seconds ?? deadlineSeconds }
          : null,
        onReject: given.onReject ?? 'FAIL',
        notify: notify ? await notifyOf(notify, (expression, most) => textOf(run, expression, most)) : null,
      },
    };
  },
};
