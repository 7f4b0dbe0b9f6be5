import { TaskState, type ListTasksRequest } from '@a2a-js/sdk';
import { RequestMalformedError } from '@a2a-js/sdk/errors';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 100;

/** No execution is in another state. */
const STATUS: Partial<Record<TaskState, string>> = {
  [TaskState.TASK_STATE_SUBMITTED]: 'QUEUED',
  [TaskState.TASK_STATE_WORKING]: 'RUNNING',
  [TaskState.TASK_STATE_COMPLETED]: 'COMPLETED',
  [TaskState.TASK_STATE_FAILED]: 'FAILED',
  [TaskState.TASK_STATE_CANCELED]: 'STOPPED',
};

/** A list of tasks as a list of executions. */
export function listRequest(request: ListTasksRequest, agentId: string | null) {
  const { contextId, status, pageSize = DEFAULT_PAGE, pageToken, statusTimestampAfter } = request;
  if (statusTimestampAfter) throw new RequestMalformedError('statusTimestampAfter is not offered.');
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE)
    throw new RequestMalformedError(`pageSize must be 1 to ${MAX_PAGE}.`);
  if (status === TaskState.UNRECOGNIZED || TaskState[status] === undefined) {
    throw new RequestMalformedError('status must be a TaskState, such as TASK_STATE_WORKING.');
  }
  const wanted =
    status === TaskState.TASK_STATE_UNSPECIFIED ? null : [STATUS[status]].filter((each) => each !== undefined);
  const filter = {
    ...(agentId !== null && { agentId }),
    ...(contextId && { conversationId: contextId }),
    ...(wanted !== null && { status: wanted }),
  };
  return { pageSize, variables: { filter, first: pageSize, ...(pageToken && { after: pageToken }) } };
}
