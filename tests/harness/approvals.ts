import { until } from '@flowmesh/platform/testing';
import { startSmtpDouble } from '../../subgraphs/notification/src/testing/doubles/smtp-double.ts';
import { createWorkflow, executeWorkflow, executionIs } from './fixtures.ts';
import type { TestUser } from './users.ts';

const LOGIN = { user: 'mailer', password: 'smtp-password-of-the-test' };

/** A mail server, and what a product needs to send through it. */
export async function startMail(refuse: (to: string) => string | null = () => null) {
  const smtp = await startSmtpDouble({ login: LOGIN, refuse });
  const env = {
    SMTP_URL: `smtp://${LOGIN.user}:${LOGIN.password}@${smtp.host}:${smtp.port}`,
    MAIL_FROM: 'Flowmesh <hello@flowmesh.test>',
    PUBLIC_URL: 'https://flowmesh.example',
  };
  const mailsTo = ({ email }: TestUser, about = 'Approval') =>
    smtp.received.filter(({ to, mail }) => to.includes(email) && mail.subject?.includes(about)).map(({ mail }) => mail);
  /** The token of a mail about an approval: of the first, unless another is wanted. */
  const tokenTo = (user: TestUser, number = 1) =>
    until(`link ${number} for ${user.email}`, () => {
      const text = mailsTo(user)[number - 1]?.text ?? '';
      return /^https:\/\/flowmesh\.example\/services\/workflow\/approval#token=([\w-]{43})$/m.exec(text)?.[1];
    });
  return { smtp, env, mailsTo, tokenTo };
}

/** An execution whose first step asks these approvers. */
export async function ask(starter: TestUser, config: object, more: readonly object[] = []): Promise<string> {
  const asked = { message: "'Pay ' & input.sum", deadlineSeconds: 600, notify: { channels: ['EMAIL'] }, ...config };
  const workflowId = await createWorkflow(starter.graph, {
    steps: [{ id: 'ask', stepType: 'APPROVAL', config: asked }, ...more],
  });
  const id = await executeWorkflow(starter.graph, workflowId, { input: { sum: 7 } });
  await executionIs(starter.graph, id, ['WAITING']);
  return id;
}

export interface PageAnswer {
  readonly status: number;
  readonly body: {
    readonly kind?: string;
    readonly why?: string;
    readonly question?: Readonly<Record<string, string>>;
    readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  };
}

/** What the page of a link sends. */
export async function post(product: { readonly url: string }, path: string, body: unknown): Promise<PageAnswer> {
  const answer = await fetch(`${product.url}/services/workflow/approval/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as PageAnswer['body'] };
}

export interface ShownApproval {
  readonly status: string;
  readonly decisions: readonly {
    by: { id: string };
    verdict: string;
    comment: string | null;
    via: string;
    at: string;
  }[];
  readonly notifications: {
    readonly nodes: readonly {
      occasion: string;
      channel: string;
      status: string;
      problem: string | null;
      approver: { id: string } | null;
      notification: { id: string; content: string } | null;
    }[];
  };
}

export async function approvalOf(viewer: TestUser, executionId: string): Promise<ShownApproval> {
  const { workflowExecution } = await viewer.graph.query<{
    workflowExecution: { steps: readonly { approval: ShownApproval | null }[] };
  }>(
    `query Approval($id: ID!) { workflowExecution(id: $id) { steps { approval {
      status decisions { by { id } verdict comment via at }
      notifications { nodes {
        occasion channel status problem approver { id } notification { id content }
      } }
    } } } }`,
    { id: executionId },
  );
  const [found] = workflowExecution.steps.flatMap(({ approval }) => approval ?? []);
  if (!found) throw new Error(`nothing is asked by ${executionId}`);
  return found;
}

/** Waits until what was sent about an approval has come to these states. */
export const noticesAre = (viewer: TestUser, executionId: string, statuses: readonly string[]) =>
  until(`notices of ${executionId} are ${statuses.join(', ')}`, async () => {
    const { notifications } = await approvalOf(viewer, executionId);
    const found = notifications.nodes.map(({ status }) => status);
    return found.join() === statuses.join() ? notifications.nodes : null;
  });
