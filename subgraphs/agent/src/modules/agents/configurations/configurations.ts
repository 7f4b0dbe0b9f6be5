import type { AddressRules } from '@flowmesh/platform/http';
import type { Requester } from '@flowmesh/platform/sandbox';
import { jsonObject, type InvalidField } from '@flowmesh/platform/validation';
import type { AgentKind } from '../agent-record.ts';
import { createA2aCheck, type A2aConfigurationInput } from './a2a.ts';
import { checkBuiltin, type BuiltinConfigurationInput } from './builtin.ts';
import { createHttpCheck, type HttpConfigurationInput } from './http.ts';
import type { CheckedConfiguration, Configured } from './kind-configuration.ts';
import { createLlmCheck, type LlmConfigurationInput } from './llm.ts';
import { createMcpCheck, type AllowedServers, type McpConfigurationInput } from './mcp.ts';

/** The settings of an input: one of them, named as the kind in lower case. */
export interface ConfigurationInputs {
  readonly builtin?: BuiltinConfigurationInput | null;
  readonly http?: HttpConfigurationInput | null;
  readonly llm?: LlmConfigurationInput | null;
  readonly mcp?: McpConfigurationInput | null;
  readonly a2a?: A2aConfigurationInput | null;
}

const FIELDS = { BUILTIN: 'builtin', HTTP: 'http', LLM: 'llm', MCP: 'mcp', A2A: 'a2a' } as const satisfies Record<
  AgentKind,
  string
>;

const MAX_BYTES = 512 * 1024;

/** Checks the settings of whichever kind. */
export type CheckConfigurations = (
  kind: AgentKind,
  inputs: ConfigurationInputs,
  previous: Configured | null,
  whom: Requester,
) => Promise<CheckedConfiguration>;

export function createConfigurationCheck(rules: AddressRules, mcpServers: AllowedServers): CheckConfigurations {
  const checkHttp = createHttpCheck(rules);
  const checkLlm = createLlmCheck(rules);
  const checkMcp = createMcpCheck(rules, mcpServers);
  const checkA2a = createA2aCheck(rules);

  const checkGiven = (inputs: ConfigurationInputs, kind: AgentKind, previous: Configured | null, whom: Requester) => {
    if (kind === 'BUILTIN') return inputs.builtin ? checkBuiltin(inputs.builtin, whom) : null;
    if (kind === 'HTTP') return inputs.http ? checkHttp(inputs.http, previous) : null;
    if (kind === 'MCP') return inputs.mcp ? checkMcp(inputs.mcp, previous) : null;
    if (kind === 'A2A') return inputs.a2a ? checkA2a(inputs.a2a, previous) : null;
    return inputs.llm ? checkLlm(inputs.llm, previous) : null;
  };

  return async (kind, inputs, previous, whom) => {
    const field = FIELDS[kind];
    const misplaced: InvalidField[] = Object.values(FIELDS)
      .filter((other) => other !== field && inputs[other])
      .map((other) => ({ path: other, message: `must be left out for an agent of kind ${kind}` }));
    // Text that cannot be stored would fail only in the database.
    const storable = jsonObject({ maxBytes: MAX_BYTES }).safeParse(inputs[field] ?? {});
    const unstorable = storable.success
      ? []
      : storable.error.issues.map((issue) => ({ path: [field, ...issue.path].join('.'), message: issue.message }));
    const checked = unstorable.length > 0 ? null : await checkGiven(inputs, kind, previous, whom);
    const missing =
      !inputs[field] && previous === null ? [{ path: field, message: `is required for an agent of kind ${kind}` }] : [];
    const problems = [...misplaced, ...missing, ...unstorable, ...(checked?.problems ?? [])];
    return {
      problems,
      configuration: checked?.configuration ?? previous?.configuration ?? {},
      secrets: checked?.secrets ?? previous?.secrets ?? {},
    };
  };
}
