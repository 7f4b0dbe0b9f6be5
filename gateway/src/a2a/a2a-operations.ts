const REFUSED = '... on MutationError { code message }';
const WRONG_INPUT = '... on InvalidInputError { fields { path message } }';
const PUSHES = 'pushes { key url tokenSet authenticationScheme }';
const EXECUTION = `id agentId status input output outputText error { code message } stopReason conversationId
  queuedAt startedAt completedAt`;
const AGENT = 'id name type description version capabilities tags status inputSchema';

const WORKFLOW = 'id name description version tags inputSchema';
const WORKFLOW_EXECUTION = `id workflow { id } status input result error { code message } metadata createdAt startedAt
  completedAt`;

/** Of the graph: all that the A2A endpoint does. Each has one field, called `result`. */
export const A2A_OPERATIONS = {
  agents: `query A2aAgents($first: Int) { result: agents(filter: { status: ACTIVE }, first: $first) { nodes { ${AGENT} } } }`,
  agent: `query A2aAgent($id: ID!) { result: agent(id: $id) { ${AGENT} } }`,
  begin: `mutation A2aSend($input: ExecuteAgentInput!) { result: executeAgent(input: $input) { __typename
    ... on ExecuteAgentSuccess { execution { ${EXECUTION} } } ${REFUSED} ${WRONG_INPUT} } }`,
  task: `query A2aTask($id: ID!) { result: agentExecution(id: $id) { ${EXECUTION} } }`,
  tasks: `query A2aTasks($filter: AgentExecutionFilter, $first: Int, $after: String) {
    result: agentExecutions(filter: $filter, first: $first, after: $after) {
      nodes { ${EXECUTION} } totalCount pageInfo { hasNextPage endCursor } } }`,
  cancel: `mutation A2aCancel($input: StopAgentExecutionInput!) { result: stopAgentExecution(input: $input) { __typename
    ... on StopAgentExecutionSuccess { execution { ${EXECUTION} } } ${REFUSED} ${WRONG_INPUT} } }`,
  updates: `subscription A2aUpdates($id: ID!) { result: agentExecutionUpdates(id: $id) {
    execution { ${EXECUTION} } outputDelta } }`,
  pushes: `query A2aPushes($id: ID!) { result: agentExecution(id: $id) { id agentId ${PUSHES} } }`,
  setPush: `mutation A2aSetPush($input: SetAgentExecutionPushInput!) { result: setAgentExecutionPush(input: $input) {
    __typename ... on SetAgentExecutionPushSuccess { push { key url tokenSet authenticationScheme } }
    ${REFUSED} ${WRONG_INPUT} } }`,
  deletePush: `mutation A2aDeletePush($input: DeleteAgentExecutionPushInput!) { result: deleteAgentExecutionPush(input: $input) {
    __typename ${REFUSED} } }`,
  workflows: `query A2aWorkflows($first: Int) { result: workflows(filter: { status: ACTIVE }, first: $first) {
    nodes { ${WORKFLOW} } } }`,
  workflow: `query A2aWorkflow($id: ID!) { result: workflow(id: $id) { id } }`,
  start: `mutation A2aStart($input: ExecuteWorkflowInput!) { result: executeWorkflow(input: $input) { __typename
    ... on ExecuteWorkflowSuccess { execution { ${WORKFLOW_EXECUTION} } } ${REFUSED} ${WRONG_INPUT} } }`,
  workflowTask: `query A2aWorkflowTask($id: ID!) { result: workflowExecution(id: $id) { ${WORKFLOW_EXECUTION} } }`,
  cancelWorkflow: `mutation A2aCancelWorkflow($input: CancelWorkflowExecutionInput!) {
    result: cancelWorkflowExecution(input: $input) { __typename
      ... on CancelWorkflowExecutionSuccess { execution { ${WORKFLOW_EXECUTION} } } ${REFUSED} } }`,
  workflowUpdates: `subscription A2aWorkflowUpdates($id: ID!) { result: workflowExecutionUpdates(id: $id) {
    execution { ${WORKFLOW_EXECUTION} } } }`,
} as const;

/** An agent, as `A2A_OPERATIONS` ask for it. */
export interface ShownAgent {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly description: string | null;
  readonly version: number;
  readonly capabilities: readonly string[];
  readonly tags: readonly string[];
  readonly status: string;
  readonly inputSchema: unknown;
}

export interface ShownWorkflow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly tags: readonly string[];
}

export interface ShownPush {
  readonly key: string;
  readonly url: string;
  readonly tokenSet: boolean;
  readonly authenticationScheme: string | null;
}
