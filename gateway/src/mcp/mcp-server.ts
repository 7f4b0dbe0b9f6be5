import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import type { CallContext } from '@flowmesh/platform/federation';
import { VERSION } from '@flowmesh/platform/version';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { GRAPH_TOOLS, type GraphTool } from './mcp-tools.ts';

type Pipeline = Pick<OperationPipeline, 'prepare' | 'mayRun'>;

/** Of what is wrong with parameters, in characters. */
const MAX_TOLD = 500;

const INSTRUCTIONS =
  'Start workflows, call agents and read contexts of Flowmesh. All of it is done with the rights of the token that you send.';

const describe = ({ name, title, description, properties, required, readOnly, destructive }: GraphTool): Tool => ({
  name,
  title,
  description,
  inputSchema: { type: 'object', properties: { ...properties }, required: [...required], additionalProperties: false },
  annotations: { readOnlyHint: readOnly, destructiveHint: destructive ?? false, openWorldHint: !readOnly },
});

const refused = (text: string): CallToolResult => ({ content: [{ type: 'text', text }], isError: true });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a mutation says instead of doing what it was asked for. */
function refusalOf({ __typename: type, message, fields }: Record<string, unknown>): string | null {
  if (typeof type !== 'string' || !type.endsWith('Error')) return null;
  const wrong = Array.isArray(fields)
    ? fields.filter(isObject).map((field) => `${field['path']} ${field['message']}`)
    : [];
  return [message, ...wrong].join('\n');
}

function resultOf(value: unknown): CallToolResult {
  if (!isObject(value)) return refused('There is no such thing, or you may not see it.');
  const refusal = refusalOf(value);
  if (refusal !== null) return refused(refusal);
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value };
}

/** Runs the operation of a tool as the caller, like one of the graph. Never throws. */
async function run(
  pipeline: Pipeline,
  call: CallContext,
  tool: GraphTool,
  args: Readonly<Record<string, unknown>>,
  gone: () => AbortSignal,
): Promise<CallToolResult> {
  const unknown = Object.keys(args).filter((name) => !Object.hasOwn(tool.properties, name));
  if (unknown.length > 0) {
    const has = Object.keys(tool.properties).join(', ');
    return refused(`${tool.name} has no argument ${unknown.join(', ').slice(0, 200)}; it has ${has}.`);
  }
  const missing = tool.required.filter((name) => args[name] == null);
  if (missing.length > 0) return refused(`${tool.name} needs ${missing.join(' and ')}.`);
  const variables = tool.variables ? tool.variables(args) : args;
  const prepared = await pipeline.prepare({ query: tool.document, variables: { ...variables } }, call);
  if (prepared.kind === 'refused') return refused(prepared.errors.map(({ message }) => message).join('\n'));
  if (prepared.kind === 'subscription') throw new Error(`${tool.name} is no tool.`);
  const { data, errors = [] } = await prepared.execute(gone);
  if (data?.['result'] == null && errors.length > 0) return refused(errors.map(({ message }) => message).join('\n'));
  return resultOf(data?.['result']);
}

type Types = typeof import('@modelcontextprotocol/sdk/types.js');

/** What is wrong with the parameters of a request that is offered here; null when nothing is. The SDK would call it an internal error. */
function problemOfParams(
  { InitializeRequestSchema, ListToolsRequestSchema, CallToolRequestSchema }: Types,
  message: unknown,
) {
  if (!isObject(message) || !Object.hasOwn(message, 'id')) return null;
  const asked = [InitializeRequestSchema, ListToolsRequestSchema, CallToolRequestSchema].find(
    (schema) => schema.shape.method.value === message['method'],
  );
  const read = asked?.safeParse(message);
  return read?.error?.issues.map(({ path, message: told }) => `${path.join('.')}: ${told}`).join('; ') ?? null;
}

/** Answers one message of an MCP client on behalf of the caller; nothing is kept between messages. */
export async function answerMcp(
  pipeline: Pipeline,
  call: CallContext,
  request: Request,
  message: unknown,
  gone: () => AbortSignal,
): Promise<Response> {
  // Loaded with the first message.
  const [{ Server }, { WebStandardStreamableHTTPServerTransport }, types] = await Promise.all([
    import('@modelcontextprotocol/sdk/server/index.js'),
    import('@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ]);
  const wrong = problemOfParams(types, message);
  if (wrong !== null && isObject(message)) {
    const error = { code: types.ErrorCode.InvalidParams, message: wrong.slice(0, MAX_TOLD) };
    return Response.json({ jsonrpc: '2.0', id: types.RequestIdSchema.safeParse(message['id']).data ?? null, error });
  }
  const usable = GRAPH_TOOLS.filter(({ document }) => pipeline.mayRun({ query: document }, call));
  const server = new Server(
    { name: 'flowmesh', title: 'Flowmesh', version: VERSION },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler(types.ListToolsRequestSchema, () => ({ tools: usable.map(describe) }));
  server.setRequestHandler(types.CallToolRequestSchema, async ({ params }) => {
    const tool = usable.find(({ name }) => name === params.name);
    if (tool) return run(pipeline, call, tool, params.arguments ?? {}, gone);
    const names = usable.map(({ name }) => name).join(', ') || 'none';
    const told = `There is no tool ${JSON.stringify(params.name.slice(0, 100))}, or you may not use it. You may use: ${names}.`;
    throw new types.McpError(types.ErrorCode.InvalidParams, told);
  });
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  try {
    // The types of the SDK do not know exact optional properties.
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    const response = await transport.handleRequest(request, { parsedBody: message });
    const body = response.body ? await response.text() : null;
    return new Response(body, { status: response.status, headers: response.headers });
  } finally {
    await server.close();
  }
}
