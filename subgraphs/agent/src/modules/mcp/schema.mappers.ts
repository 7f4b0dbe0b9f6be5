import type { Connection } from '@flowmesh/platform/connections';
import type { McpToolRecord } from './mcp-tools.ts';

export type McpToolMapper = McpToolRecord;
export type McpToolConnectionMapper = Connection<McpToolRecord>;
