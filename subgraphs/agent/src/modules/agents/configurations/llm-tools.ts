import type { InvalidField } from '@flowmesh/platform/validation';
import type { AgentToolSettings, IntegrationToolSettings } from '../../executions/kinds/llm/llm-settings.ts';
import { count, length } from './llm-checks.ts';

export interface LlmToolInput {
  readonly integration?: {
    readonly integrationId: string;
    readonly operations: readonly string[];
    readonly prefix?: string | null;
  } | null;
  readonly agent?: { readonly agentId: string; readonly name: string; readonly description?: string | null } | null;
}

const MAX_TOOLS = 20;
const MAX_OPERATIONS = 50;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const PREFIX = /^[A-Za-z0-9_-]{1,30}$/;
/** Tools by which a model uses the context of its execution. */
const CONTEXT_TOOLS = ['read_context', 'write_context'];

/** What a model may have done. Whether there is such an integration or agent is only known when it works. */
export function checkTools(given: readonly LlmToolInput[]) {
  const problems: InvalidField[] = [...count('llm.tools', given, 0, MAX_TOOLS)];
  const integrationTools: IntegrationToolSettings[] = [];
  const agentTools: AgentToolSettings[] = [];
  const names = new Set(CONTEXT_TOOLS);
  for (const [at, { integration, agent }] of given.slice(0, MAX_TOOLS).entries()) {
    const path = `llm.tools[${at}]`;
    if (!integration === !agent) problems.push({ path, message: 'must have one of `integration` and `agent`' });
    if (integration) {
      const { integrationId, operations, prefix = null } = integration;
      problems.push(
        ...length(`${path}.integration.integrationId`, integrationId, 1, 200),
        ...count(`${path}.integration.operations`, operations, 1, MAX_OPERATIONS),
        ...operations.flatMap((name, index) => length(`${path}.integration.operations[${index}]`, name, 1, 200)),
      );
      if (prefix !== null && !PREFIX.test(prefix)) {
        problems.push({ path: `${path}.integration.prefix`, message: 'must be 1 to 30 letters, digits, `_` and `-`' });
      }
      integrationTools.push({ integrationId, operations: [...new Set(operations)], prefix });
    }
    if (agent) {
      const { agentId, name, description = null } = agent;
      problems.push(
        ...length(`${path}.agent.agentId`, agentId, 1, 200),
        ...length(`${path}.agent.description`, description, 0, 2_000),
      );
      if (!NAME.test(name)) {
        problems.push({ path: `${path}.agent.name`, message: 'must be 1 to 64 letters, digits, `_` and `-`' });
      } else if (names.has(name)) {
        problems.push({ path: `${path}.agent.name`, message: 'must be different from other names of tools' });
      }
      names.add(name);
      agentTools.push({ agentId, name, description });
    }
  }
  return { problems, integrationTools, agentTools };
}
