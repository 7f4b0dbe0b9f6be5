import type { AgentRecord } from '../../agents/agent-record.ts';
import type { BuiltinFunction } from '../../agents/configurations/builtin.ts';
import type { McpToolStore } from '../../mcp/mcp-tool-store.ts';
import { BUILTIN_INPUT_SCHEMAS } from '../kinds/builtin-inputs.ts';

type Schema = Record<string, unknown>;

/** Of an MCP agent that has all tools of its server. */
const toolCall = (names: readonly string[]): Schema => ({
  type: 'object',
  properties: {
    tool: { type: 'string', description: 'Name of the tool.', ...(names.length > 0 && { enum: names }) },
    arguments: { type: 'object', description: 'Arguments of the tool.' },
  },
  required: ['tool'],
});

/**
 * What an agent wants as its input: its own `inputSchema`, else what is known of its function or of the tool of its MCP server;
 * null for anything.
 */
export async function inputSchemaOf(
  agent: AgentRecord,
  mcpTools: Pick<McpToolStore, 'find' | 'namesOf'>,
): Promise<Schema | null> {
  if (agent.inputSchema) return agent.inputSchema;
  if (agent.kind === 'BUILTIN') return BUILTIN_INPUT_SCHEMAS[agent.configuration['function'] as BuiltinFunction];
  if (agent.kind !== 'MCP') return null;
  const { tool } = agent.configuration;
  if (typeof tool !== 'string') return toolCall(await mcpTools.namesOf(agent.id));
  return (await mcpTools.find(agent.id, tool))?.inputSchema ?? { type: 'object' };
}
