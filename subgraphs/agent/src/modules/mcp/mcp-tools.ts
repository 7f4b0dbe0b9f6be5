import { listOf } from '@flowmesh/platform/connections';
import type { ListedTool } from './mcp-calls.ts';

/** A tool of an agent’s server, as it is stored. */
export interface McpToolRecord extends ListedTool {
  /** Its name, which no other tool of the server has. */
  readonly id: string;
  readonly agentId: string;
  readonly listedAt: Date;
}

export const MCP_TOOLS_OF_AGENT = listOf({
  name: 'Agent.mcpTools',
  orders: { NAME: { field: 'name', type: 'string' } },
  orderBy: { field: 'NAME', direction: 'ASC' },
});
