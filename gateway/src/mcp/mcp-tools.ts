/** An operation of the graph that language models may use as a tool. */
export interface GraphTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schemas of the arguments, by name. The graph checks them. */
  readonly properties: Readonly<Record<string, object>>;
  readonly required: readonly string[];
  /** Its one field is called `result`. */
  readonly document: string;
  /** Of the arguments; as they are when left out. */
  readonly variables?: (args: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  readonly readOnly: boolean;
  /** Whether it may end what somebody has begun. */
  readonly destructive?: boolean;
}

const REFUSED = '... on MutationError { code message }';
const WRONG_INPUT = '... on InvalidInputError { fields { path message } }';
const AGENT_EXECUTION =
  'id agentId agentName status output outputText error { code message retryable } attempts startedAt completedAt';
const WORKFLOW_EXECUTION = `id workflowVersion status result error { code message stepId } progress { total ended running }
  steps { id name status error { code message } } createdAt startedAt completedAt`;

const id = (of: string) => ({ type: 'string', description: `Id of the ${of}.` });
const text = (description: string) => ({ type: 'string', description });
const FIRST = { type: 'integer', minimum: 1, maximum: 100, default: 20, description: 'How many at most.' };
const AFTER = text('`endCursor` of the page before.');
const KEY = text(
  'At most 255 characters. Use the same key again when a call had no answer: the work is begun once for each key.',
);
const REASON = text('Shown to people. At most 500 characters.');
const asInput = (input: Readonly<Record<string, unknown>>) => ({ input });

/** Workflows to start, agents to call, contexts to read. */
export const GRAPH_TOOLS: readonly GraphTool[] = [
  {
    name: 'list_workflows',
    title: 'List workflows',
    description: 'Workflows that you may see, with the JSON Schema of the input that each wants.',
    properties: { search: text('Part of the name or description.'), first: FIRST, after: AFTER },
    required: [],
    document: `query McpListWorkflows($search: String, $first: Int, $after: String) {
      result: workflows(filter: { search: $search, status: ACTIVE }, first: $first, after: $after) {
        nodes { id name description inputSchema } pageInfo { hasNextPage endCursor } } }`,
    readOnly: true,
  },
  {
    name: 'start_workflow',
    title: 'Start a workflow',
    description:
      'Starts an execution of a workflow and answers at once; get_workflow_execution tells how it is getting on.',
    properties: {
      workflowId: id('workflow'),
      input: { description: 'Any JSON that satisfies the `inputSchema` of the workflow.' },
      contextId: text('The context that its steps read and write.'),
      idempotencyKey: KEY,
    },
    required: ['workflowId'],
    document: `mutation McpStartWorkflow($input: ExecuteWorkflowInput!) { result: executeWorkflow(input: $input) {
      __typename ... on ExecuteWorkflowSuccess { created execution { ${WORKFLOW_EXECUTION} } } ${REFUSED} ${WRONG_INPUT} } }`,
    variables: asInput,
    readOnly: false,
  },
  {
    name: 'get_workflow_execution',
    title: 'Look at an execution of a workflow',
    description: 'Its status, the status of its steps, and its result when it is COMPLETED.',
    properties: { id: id('execution') },
    required: ['id'],
    document: `query McpWorkflowExecution($id: ID!) { result: workflowExecution(id: $id) { ${WORKFLOW_EXECUTION} } }`,
    readOnly: true,
  },
  {
    name: 'cancel_workflow_execution',
    title: 'Cancel an execution of a workflow',
    description: 'Ends it for good, and stops the agents that work for it.',
    properties: { id: id('execution'), reason: REASON },
    required: ['id'],
    document: `mutation McpCancelWorkflow($input: CancelWorkflowExecutionInput!) {
      result: cancelWorkflowExecution(input: $input) {
        __typename ... on CancelWorkflowExecutionSuccess { execution { ${WORKFLOW_EXECUTION} } } ${REFUSED} } }`,
    variables: asInput,
    readOnly: false,
    destructive: true,
  },
  {
    name: 'discover_agents',
    title: 'Find agents',
    description:
      'Agents that can do a piece of work, the best first, with the JSON Schema of the input that each wants.',
    properties: {
      capability: text('Agents that have exactly this capability.'),
      type: text('Agents of exactly this type.'),
      text: text('A capability, the beginning of one, or words of their name or description. At most 200 characters.'),
      first: FIRST,
      after: AFTER,
    },
    required: [],
    document: `query McpDiscoverAgents($capability: String, $type: String, $text: String, $first: Int, $after: String) {
      result: discoverAgents(capability: $capability, type: $type, text: $text, first: $first, after: $after) {
        nodes { id name type description capabilities inputSchema outputSchema available }
        pageInfo { hasNextPage endCursor } } }`,
    readOnly: true,
  },
  {
    name: 'execute_agent',
    title: 'Give work to an agent',
    description:
      'Gives work to an agent and waits for its end, for `waitSeconds` at most. After that it goes on; get_agent_execution tells how it is getting on.',
    properties: {
      agentId: id('agent'),
      input: { description: 'Any JSON that satisfies the `inputSchema` of the agent.' },
      contextId: text('A context that the agent is given to know.'),
      idempotencyKey: KEY,
      waitSeconds: { type: 'integer', minimum: 1, maximum: 300, default: 30, description: 'How long to wait.' },
    },
    required: ['agentId'],
    document: `mutation McpExecuteAgent($input: ExecuteAgentInput!) { result: executeAgent(input: $input) {
      __typename ... on ExecuteAgentSuccess { created execution { ${AGENT_EXECUTION} } } ${REFUSED} ${WRONG_INPUT} } }`,
    variables: ({ waitSeconds = 30, ...work }) => ({ input: { ...work, wait: true, waitTimeoutSeconds: waitSeconds } }),
    readOnly: false,
  },
  {
    name: 'get_agent_execution',
    title: 'Look at the work of an agent',
    description: 'Its status, the text produced so far, and its output when it is COMPLETED.',
    properties: { id: id('execution') },
    required: ['id'],
    document: `query McpAgentExecution($id: ID!) { result: agentExecution(id: $id) { ${AGENT_EXECUTION} } }`,
    readOnly: true,
  },
  {
    name: 'stop_agent_execution',
    title: 'Stop the work of an agent',
    description: 'Ends an execution that waits or runs; its result is not kept.',
    properties: { id: id('execution'), reason: REASON },
    required: ['id'],
    document: `mutation McpStopAgent($input: StopAgentExecutionInput!) { result: stopAgentExecution(input: $input) {
      __typename ... on StopAgentExecutionSuccess { execution { ${AGENT_EXECUTION} } } ${REFUSED} ${WRONG_INPUT} } }`,
    variables: asInput,
    readOnly: false,
    destructive: true,
  },
  {
    name: 'search_contexts',
    title: 'Search contexts',
    description:
      'Layers of the contexts that you may read, by words or meaning, the best first, with an excerpt of each.',
    properties: {
      text: text('Words to look for. At most 1,000 characters.'),
      contextId: text('Only in this context.'),
      type: text('Only in contexts of this type.'),
      first: FIRST,
    },
    required: ['text'],
    document: `query McpSearchContexts($input: ContextSearchInput!, $first: Int) {
      result: searchContexts(input: $input, first: $first) {
        method hits { score highlight layer { id layerType } context { id name type } } } }`,
    variables: ({ first, ...input }) => ({ input, ...(first === undefined ? {} : { first }) }),
    readOnly: true,
  },
  {
    name: 'read_context',
    title: 'Read a context',
    description: 'What a context holds: its layers merged into one value.',
    properties: {
      id: id('context'),
      version: { type: 'integer', minimum: 1, description: 'As it was at this version.' },
    },
    required: ['id'],
    document: `query McpReadContext($id: ID!, $version: Int) { result: context(id: $id) {
      id name type description version tags resolved(version: $version) { value } } }`,
    readOnly: true,
  },
];
