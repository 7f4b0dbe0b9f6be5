import { ServiceAwayError, ServiceRefusedError } from '@flowmesh/platform/services';
import type { JSONSchema7 } from 'ai';
import type { ExecutionRecord } from '../execution-record.ts';
import { AgentFailure } from '../kinds/agent-failure.ts';
import { ToolFailure, toolName, type AgentTool } from '../kinds/llm/agent-tool.ts';
import type { IntegrationToolSettings } from '../kinds/llm/llm-settings.ts';
import type { IntegrationCalls, Invoked, OperationShown } from './integration-calls.ts';

const TIMEOUT_MS = 60_000;
const ANYTHING: JSONSchema7 = { type: 'object' };

/** Operations of an integration as tools. Throws `AgentFailure` when the starter may not use it, or it has no such operation. */
export async function integrationTools(
  calls: IntegrationCalls,
  execution: ExecutionRecord,
  { integrationId, operations, prefix }: IntegrationToolSettings,
): Promise<AgentTool[]> {
  const found = new Map((await calls.operations(execution, integrationId))?.map((each) => [each.name, each]));
  return operations.map((name) => {
    const operation = found.get(name);
    if (!operation) {
      const message = `A tool cannot be used: there is no operation ${name} of the integration ${integrationId}, or whoever started the execution may not use it.`;
      throw new AgentFailure('TOOL_NOT_FOUND', message, { retryable: false });
    }
    return toTool(calls, execution, integrationId, operation, prefix);
  });
}

function toTool(
  calls: IntegrationCalls,
  execution: ExecutionRecord,
  integrationId: string,
  { name, description, inputSchema, readOnly, repeatable }: OperationShown,
  prefix: string | null,
): AgentTool {
  const isRepeatable = readOnly || repeatable;
  return {
    name: toolName(prefix === null ? name : `${prefix}_${name}`),
    description: description ?? name,
    inputSchema: inputSchema?.['type'] === 'object' ? inputSchema : ANYTHING,
    timeoutMs: TIMEOUT_MS,
    isRepeatable,
    async run(input, { key, signal }) {
      const invocation = { id: integrationId, operation: name, input, idempotencyKey: key };
      const invoked = await calls.invoke(execution, invocation, signal).catch((error: unknown) => {
        if (error instanceof ServiceRefusedError) throw new ToolFailure(error.code, error.message);
        if (error instanceof ServiceAwayError && !isRepeatable) throw new ToolFailure('UNKNOWN_OUTCOME', UNKNOWN);
        throw error;
      });
      if (invoked.__typename !== 'InvokeIntegrationSuccess') throw failureOf(invoked);
      return invoked.output;
    },
  };
}

const UNKNOWN = 'No answer came, so it is not known whether it was done. Do not do it again without finding out.';

function failureOf({ code = 'FAILED', message = 'It failed.', fields = [] }: Invoked): ToolFailure {
  const places = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  return new ToolFailure(code, places ? `${message} ${places}` : message);
}
