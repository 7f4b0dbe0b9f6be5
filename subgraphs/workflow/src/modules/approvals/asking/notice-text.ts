import type { Occasion } from '../../executions/engine/approvals/approval-changes.ts';
import type { ClaimedAsking } from './asking-record.ts';

const PREFIX: Readonly<Record<Occasion, string>> = { ASKED: '', REMINDED: 'Reminder: ', ESCALATED: 'Escalated: ' };

/** How the person who gets it can answer. */
export type Answer = { readonly link: string; readonly username: string } | null;

/** What somebody is sent: all of it plain text, so that nothing in it can be made to send the link elsewhere. */
export function noticeText(asking: ClaimedAsking, answer: Answer): { subject: string; content: string } {
  const { asked, occasion, workflowName, executionId, stepId, deadlineAt } = asking;
  const about = asked.notify?.subject ?? `Approval needed: ${workflowName}`;
  const facts = [
    `Workflow: ${workflowName}`,
    `Step: ${stepId}`,
    `Execution: ${executionId}`,
    `Answer until: ${deadlineAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  ];
  const how = answer
    ? `Approve or reject it here. The link is for ${answer.username} alone: whoever has it answers as you.\n${answer.link}`
    : `Sign in to approve or reject it: it is among your pending approvals.`;
  const content = [asked.notify?.message ?? asked.message, facts.join('\n'), how].join('\n\n');
  return { subject: `${PREFIX[occasion]}${about}`.replace(/\s+/g, ' '), content };
}
