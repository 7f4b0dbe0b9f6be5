import { checkSchema, validateAgainst, type SchemaProblem } from '@flowmesh/platform/json-schema';
import type { ListedTool, McpCalls } from '../../mcp/mcp-calls.ts';
import type { McpServers, McpTarget } from '../../mcp/mcp-servers.ts';
import type { McpToolStore } from '../../mcp/mcp-tool-store.ts';
import { AgentFailure } from './agent-failure.ts';
import { lineOf } from '../lines/agent-line.ts';
import { checkAnswer } from './answer-limits.ts';
import type { AgentResult, AgentRunner, AgentTask } from './agent-runner.ts';

interface McpSettings {
  readonly url: string | null;
  readonly server: string | null;
  readonly tool: string | null;
}

/** Where an MCP agent’s server is, from what is stored of it. */
export function mcpTargetOf(configuration: unknown, secrets: Readonly<Record<string, unknown>>): McpTarget {
  const { url, server } = configuration as McpSettings;
  return { url, server, headers: (secrets['headers'] ?? {}) as Record<string, string> };
}

interface ToolCall {
  readonly name: string;
  readonly args: Record<string, unknown>;
  /** Where the arguments are in the input. */
  readonly path: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrongInput = (message: string) => new AgentFailure('INVALID_INPUT', message, { retryable: false });

/** The tool and its arguments: the whole input, or as the input names them. */
function callOf({ configuration, input }: AgentTask): ToolCall {
  const { tool } = configuration as McpSettings;
  if (tool !== null) {
    if (!isObject(input ?? {})) throw wrongInput('input must be an object with the arguments of the tool');
    return { name: tool, args: (input ?? {}) as Record<string, unknown>, path: 'input' };
  }
  const { tool: name, arguments: args = {} } = isObject(input) ? input : {};
  if (typeof name !== 'string') throw wrongInput('input.tool is required: the name of a tool, see Agent.mcpTools');
  if (!isObject(args)) throw wrongInput('input.arguments must be an object with the arguments of the tool');
  return { name, args, path: 'input.arguments' };
}

/** Text for people, of a result that has any. */
function textOf(content: readonly { readonly type: string; readonly text?: unknown }[]): string {
  return content.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).join('\n');
}

/** By a schema of the server. It checks what it is given itself, too, also where its schema is one that cannot be used here. */
async function problemsBy(schema: Record<string, unknown>, value: unknown, owner: string): Promise<SchemaProblem[]> {
  // Servers name older drafts, whose keywords mean the same but for tuples.
  const usable = Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== '$schema'));
  if ((await checkSchema(usable, { owner })).length > 0) return [];
  return validateAgainst(usable, value, { owner });
}

/** Calls a tool of an MCP server. Its arguments are checked first, and its structured result afterwards. */
export function createMcpRunner(servers: McpServers, known: Pick<McpToolStore, 'find'>): AgentRunner {
  /** As it was listed last, or now: a server may have other tools than a moment ago. */
  async function checkedTool(task: AgentTask, call: ToolCall, calls: McpCalls): Promise<ListedTool> {
    const before = await known.find(task.agentId, call.name);
    if (before && (await problemsBy(before.inputSchema, call.args, task.startedById)).length === 0) return before;
    const listed = await calls.tools();
    const tool = listed.find(({ name }) => name === call.name);
    if (!tool) {
      const names = listed.slice(0, 20).map(({ name }) => name);
      const has = names.length > 0 ? `it has ${names.join(', ')}` : 'it has none';
      throw wrongInput(`The MCP server has no tool ${JSON.stringify(call.name)}; ${has}.`);
    }
    const problems = await problemsBy(tool.inputSchema, call.args, task.startedById);
    if (problems.length === 0) return tool;
    const told = problems.slice(0, 5).map(({ path, message }) => `${call.path}${path && `.${path}`} ${message}`);
    throw wrongInput(`The arguments do not fit the tool: ${told.join('; ')}`);
  }

  async function checkedOutput(task: AgentTask, tool: ListedTool, output: unknown): Promise<void> {
    if (!tool.outputSchema) return;
    const problems = await problemsBy(tool.outputSchema, output, task.startedById);
    if (problems.length === 0) return;
    const told = problems.slice(0, 5).map(({ path, message }) => `${path || 'output'} ${message}`);
    const message = `The result breaks the tool’s own output schema: ${told.join('; ')}`;
    throw new AgentFailure('INVALID_OUTPUT', message, { retryable: false });
  }

  return {
    kind: 'MCP',
    async run(task, { signal, emit, log }): Promise<AgentResult> {
      const call = callOf(task);
      const target = mcpTargetOf(task.configuration, task.secrets);
      return servers.use(target, { signal, deadlineMs: task.timeoutMs }, async (calls) => {
        const tool = await checkedTool(task, call, calls);
        const { content, structuredContent, isError } = await calls.call(call.name, call.args, {
          progressed: (text) => {
            emit(`${text}\n`);
            log({ level: 'INFO', message: text });
          },
          said: (level, data) => {
            checkAnswer(data);
            log(lineOf(data, level));
          },
        });
        const text = textOf(content);
        if (isError) {
          throw new AgentFailure('AGENT_CODE', text || 'The tool reported an error.', { retryable: false });
        }
        const output = structuredContent ?? { content };
        checkAnswer(output);
        if (structuredContent) await checkedOutput(task, tool, structuredContent);
        return { output, ...(text && { outputText: text }) };
      });
    },
  };
}
