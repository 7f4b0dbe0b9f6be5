import type { CommandContext } from '../context.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { openSession } from '../session.ts';
import { readInput } from './execution-input.ts';
import { workflowOf } from './workflow-subject.ts';

interface Finding {
  readonly workflowId: string;
  readonly stepId: string | null;
  readonly severity: 'ERROR' | 'WARNING';
  readonly code: string;
  readonly message: string;
  readonly path: string | null;
}

/** Says what an execution would run into, as things stand, and starts none. */
export async function preflight(context: CommandContext): Promise<ExitCode> {
  const { options, say } = context;
  const input = await readInput(options.input);
  const client = await openSession(options, context.env);
  const id = await workflowOf(context, client);
  if (id === null) return EXIT.failed;
  const { preflightWorkflow: found } = await client.request<{
    preflightWorkflow: { readonly ready: boolean; readonly findings: readonly Finding[] } | null;
  }>(
    `query Preflight($id: ID!, $input: JSON, $contextId: ID) {
      preflightWorkflow(id: $id, input: $input, contextId: $contextId) {
        ready
        findings { workflowId stepId severity code message path }
      }
    }`,
    {
      id,
      ...(input !== undefined && { input }),
      ...(options.context !== null && { contextId: options.context }),
    },
  );
  if (!found) throw new CommandFailure('The workflow is gone, or you may not see it any more.', EXIT.refused);
  if (options.json) say(JSON.stringify(found, null, 2));
  else for (const line of told(found, id)) say(line);
  return found.ready ? EXIT.done : EXIT.failed;
}

function told({ ready, findings }: { ready: boolean; findings: readonly Finding[] }, workflowId: string): string[] {
  const errors = findings.filter(({ severity }) => severity === 'ERROR').length;
  const warnings = findings.length - errors;
  const verdict = ready ? 'An execution can start' : 'An execution would fail';
  const lines = findings.map(
    (finding) => `${finding.severity} ${finding.code} ${placeOf(finding, workflowId)}: ${finding.message}`,
  );
  return [...lines, `${verdict}: ${count(errors, 'error')}, ${count(warnings, 'warning')}.`];
}

/** Such as `step pay (steps[1].config.operation)`; with the workflow where it is another one, which this one runs. */
function placeOf({ stepId, path, workflowId: where }: Finding, workflowId: string): string {
  const what = stepId === null ? 'execution' : `step ${stepId}`;
  const whose = where === workflowId ? '' : ` of workflow ${where}`;
  return `${what}${whose}${path === null ? '' : ` (${path})`}`;
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
