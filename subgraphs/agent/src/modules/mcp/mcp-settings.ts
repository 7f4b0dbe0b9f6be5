import { setting, settingsGroup, wholeNumber, type SettingType } from '@flowmesh/platform/config';
import { z } from 'zod';

/** A command that the operator lets MCP agents start. */
export interface McpCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const commandShape = z.strictObject({
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).default({}),
});
const commandsShape = z.record(z.string().min(1).max(100), commandShape);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const commands: SettingType<Readonly<Record<string, McpCommand>>> = {
  mustBe:
    'JSON of commands by name, e.g. {"files": {"command": "/usr/bin/mcp-files", "args": ["/srv"], "env": {"MODE": "read"}}}, with names of at most 100 characters',
  schema: z.string().transform(parsed).pipe(commandsShape),
};

export interface McpSettings {
  readonly servers: ReadonlyMap<string, McpCommand>;
  readonly atOnce: number;
  readonly memoryMb: number;
}

/** MCP servers on the operator's machine, and what they may take. */
export const mcpSettings = settingsGroup({
  name: 'mcp',
  title: 'Agents that are tools of MCP servers',
  settings: {
    MCP_SERVERS: setting(commands, {
      otherwise: 'none',
      secret: 'all',
      meaning:
        'Commands that agents of kind MCP may start, by the name that users give as `server`: JSON with `command`, `args` and `env` of each. A server is started for each execution, as the user of the product, and sees no other variables than its `env` and a `PATH`. Whoever may register agents may use all of them, with any arguments of their tools.',
    }),
    MCP_SERVERS_AT_ONCE: setting(wholeNumber(1, 1_000), {
      default: '8',
      meaning: 'Maximum number of MCP servers that one process has started at the same time; further executions wait.',
    }),
    MCP_SERVER_MEMORY_MB: setting(wholeNumber(64, 1_048_576), {
      default: '2048',
      meaning:
        'Memory that each process of a started MCP server may map for its data, in MB, on Linux. Node.js maps about 700 of them when it begins, and uses few.',
    }),
  },
  toConfig: (values): McpSettings => ({
    servers: new Map(Object.entries(values.MCP_SERVERS ?? {})),
    atOnce: values.MCP_SERVERS_AT_ONCE,
    memoryMb: values.MCP_SERVER_MEMORY_MB,
  }),
});
