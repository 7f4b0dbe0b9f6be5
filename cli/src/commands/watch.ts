import type { CommandContext } from '../context.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import type { GraphClient } from '../graph-client.ts';
import { openSession } from '../session.ts';
import { StepDisplay, type ShownStep } from '../step-display.ts';

interface Execution {
  readonly id: string;
  readonly status: string;
  readonly durationMs: number | null;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly steps: readonly ShownStep[];
}

const EXECUTION = `id status durationMs result error { code message }
  steps { id name status attempts durationMs agent { name } error { message } }`;

const ENDED: Readonly<Record<string, ExitCode>> = {
  COMPLETED: EXIT.done,
  FAILED: EXIT.failed,
  CANCELLED: EXIT.cancelled,
};

export async function watch(context: CommandContext): Promise<ExitCode> {
  return follow(context, await openSession(context.options, context.env), context.subjects[0] ?? '');
}

/** Shows the steps of an execution until it ends, then its result. The exit code is that of its end. */
export async function follow(context: CommandContext, client: GraphClient, id: string): Promise<ExitCode> {
  const { options, note, say } = context;
  const onInterrupt = () => {
    note(`\nThe execution goes on: npm run workflow -- watch ${id}`);
    process.exit(EXIT.interrupted);
  };
  process.once('SIGINT', onInterrupt);
  try {
    const display = new StepDisplay(process.stderr);
    const updates = client.subscribe<{ workflowExecutionUpdates: { cursor: string; execution: Execution } }>(
      `subscription Follow($id: ID!, $after: String) {
        workflowExecutionUpdates(id: $id, after: $after) { cursor execution { ${EXECUTION} } }
      }`,
      { id },
      (data) => data.workflowExecutionUpdates.cursor,
    );
    for await (const { workflowExecutionUpdates } of updates) display.draw(workflowExecutionUpdates.execution.steps);
    const { workflowExecution: ended } = await client.request<{ workflowExecution: Execution | null }>(
      `query Ended($id: ID!) { workflowExecution(id: $id) { ${EXECUTION} } }`,
      { id },
    );
    if (!ended) throw new CommandFailure(`There is no execution ${id} that you may see.`, EXIT.refused);
    display.draw(ended.steps);
    const code = ENDED[ended.status];
    if (code === undefined) throw new CommandFailure('The subscription ended before the execution did.', EXIT.away);
    note(`${ended.status}${ended.durationMs === null ? '' : ` after ${ended.durationMs} ms`}`);
    if (ended.error) note(`${ended.error.code}: ${ended.error.message}`);
    if (options.json) say(JSON.stringify(ended, null, 2));
    else if (ended.status === 'COMPLETED') say(shown(ended.result));
    return code;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** A text as it is, anything else as JSON. */
const shown = (result: unknown): string => (typeof result === 'string' ? result : JSON.stringify(result, null, 2));
