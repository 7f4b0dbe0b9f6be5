import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { GuardedHttp } from '@flowmesh/platform/http';
import { McpServers } from './mcp-servers.ts';
import { mcpSettings, type McpCommand } from './mcp-settings.ts';
import { McpToolStore } from './mcp-tool-store.ts';

/** MCP servers outside, and what is known of their tools. */
export interface McpModule {
  readonly servers: McpServers;
  readonly tools: McpToolStore;
  /** Servers that agents may start. */
  readonly allowed: ReadonlyMap<string, McpCommand>;
}

export function createMcp({ config, pool }: OpenDomain, http: GuardedHttp): McpModule {
  const settings = config.settings.of(mcpSettings);
  return { servers: new McpServers(http, settings), tools: new McpToolStore(pool), allowed: settings.servers };
}
