import { StreamResponse } from '@a2a-js/sdk';
import { A2A_OUTPUT, toA2aParts, toA2aStatus, toA2aTask, type A2aExecution } from '@flowmesh/platform/a2a';

interface Update {
  readonly execution: A2aExecution;
  readonly outputDelta: string | null;
}

const isOver = ({ status }: A2aExecution): boolean => status !== 'QUEUED' && status !== 'RUNNING';

/** What the client is told of the artifact: what was added to it, or the whole of it. */
function artifactUpdate(task: { taskId: string; contextId: string }, value: unknown, append: boolean, last: boolean) {
  const artifact = { artifactId: A2A_OUTPUT, name: A2A_OUTPUT, parts: toA2aParts(value) };
  return StreamResponse.fromJSON({ artifactUpdate: { ...task, artifact, append, lastChunk: last } });
}

/** The task first, then what changes: its text while it is produced, its status, and at its end the whole output. */
export async function* taskStream(updates: AsyncIterable<Update>): AsyncGenerator<StreamResponse, void, undefined> {
  let before: A2aExecution | undefined;
  for await (const { execution, outputDelta } of updates) {
    const task = { taskId: execution.id, contextId: execution.conversationId ?? execution.id };
    if (!before) yield StreamResponse.fromJSON({ task: toA2aTask(execution) });
    else {
      if (execution.status === 'COMPLETED') yield artifactUpdate(task, execution.output, false, true);
      else if (outputDelta) yield artifactUpdate(task, outputDelta, execution.outputText !== outputDelta, false);
      if (execution.status !== before.status) {
        yield StreamResponse.fromJSON({ statusUpdate: { ...task, status: toA2aStatus(execution) } });
      }
    }
    if (isOver(execution)) return;
    before = execution;
  }
}
