import type { AddressRules } from '@flowmesh/platform/http';
import { keptSecret } from '@flowmesh/platform/secrets';
import type { InvalidField } from '@flowmesh/platform/validation';
import { checkHeaders, urlProblems } from './addresses.ts';
import type { CheckConfiguration } from './kind-configuration.ts';

export interface McpConfigurationInput {
  readonly url?: string | null;
  readonly headers?: Record<string, unknown> | null;
  readonly server?: string | null;
  readonly tool?: string | null;
}

/** Names of the servers that the operator lets agents start. */
export type AllowedServers = ReadonlyMap<string, unknown>;

const MAX_TOOL_CHARACTERS = 200;

function placeProblems(input: McpConfigurationInput, rules: AddressRules, allowed: AllowedServers): InvalidField[] {
  const { url, server } = input;
  if (url == null && server == null) {
    return [{ path: 'mcp.url', message: 'is required, unless `server` names a server that the operator allows' }];
  }
  if (server == null) return urlProblems(rules, 'mcp.url', url);
  if (url != null) return [{ path: 'mcp.server', message: 'must be left out when `url` is given' }];
  const names = [...allowed.keys()].map((name) => JSON.stringify(name)).join(', ');
  const message = names
    ? `must be one of the servers that the operator allows (MCP_SERVERS): ${names}`
    : 'must be left out: the operator allows no servers (MCP_SERVERS); use `url`';
  return allowed.has(server) ? [] : [{ path: 'mcp.server', message }];
}

function toolProblems(tool: string | null | undefined): InvalidField[] {
  const fits = tool == null || (tool.trim() !== '' && tool.length <= MAX_TOOL_CHARACTERS);
  return fits ? [] : [{ path: 'mcp.tool', message: `must have 1 to ${MAX_TOOL_CHARACTERS} characters` }];
}

export const createMcpCheck =
  (rules: AddressRules, allowed: AllowedServers): CheckConfiguration<McpConfigurationInput> =>
  (input, previous) => {
    const known = (previous?.secrets ?? {}) as { headers?: Record<string, unknown> };
    const from = typeof previous?.configuration['url'] === 'string' ? [previous.configuration['url']] : null;
    const to = [input.url ?? null];
    const atServer = input.server != null;
    const { headers, problems } = checkHeaders({
      path: 'mcp.headers',
      given: atServer && input.headers === undefined ? null : input.headers,
      before: known.headers ?? {},
      keep: (before) => keptSecret({ given: undefined, before, from, to }),
    });
    const headerNames = Object.keys(headers);
    const useless =
      atServer && headerNames.length > 0
        ? [{ path: 'mcp.headers', message: 'must be left out: a server that is started has none' }]
        : [];
    return {
      problems: [
        ...placeProblems(input, rules, allowed),
        ...toolProblems(input.tool),
        ...(useless.length > 0 ? useless : problems),
      ],
      configuration: { url: input.url ?? null, server: input.server ?? null, tool: input.tool ?? null, headerNames },
      secrets: headerNames.length > 0 ? { headers } : {},
    };
  };
