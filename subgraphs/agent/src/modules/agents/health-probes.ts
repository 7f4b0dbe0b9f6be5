import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import { maskOf } from '../executions/agent-mask.ts';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { a2aTargetOf } from '../executions/kinds/a2a.ts';
import { mcpTargetOf } from '../executions/kinds/mcp.ts';
import { storableText } from '@flowmesh/platform/validation';
import type { A2aAgents } from '../a2a/a2a-agents.ts';
import type { McpModule } from '../mcp/mcp.ts';
import type { AgentSecrets } from './agent-secrets.ts';
import type { CheckedAgent, CheckedKind } from './health-store.ts';

const DEADLINE_MS = 5_000;
/** A process has to be started first. */
const START_DEADLINE_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** How the health of agents of each kind is checked: null when the agent is well, otherwise what is wrong with it. */
export type HealthProbes = Readonly<Record<CheckedKind, (agent: CheckedAgent) => Promise<string | null>>>;

export interface ProbeParts {
  readonly http: GuardedHttp;
  readonly secrets: AgentSecrets;
  readonly mcp: Pick<McpModule, 'servers' | 'tools'>;
  readonly a2a: Pick<A2aAgents, 'connect'>;
}

/** GET on the health address must succeed; for OPTIONS on the agent's own address, any status below 500 is enough. */
export async function askHttp(http: GuardedHttp, { configuration }: CheckedAgent): Promise<string | null> {
  const { url, healthUrl } = configuration as { readonly url: string; readonly healthUrl: string | null };
  try {
    const response = await http.request(healthUrl ?? url, {
      method: healthUrl ? 'GET' : 'OPTIONS',
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    await response.body?.cancel();
    const isWell = healthUrl ? response.status < 400 : response.status < 500;
    return isWell ? null : `answered ${response.status}`;
  } catch (error) {
    if (error instanceof GuardedHttpError) return error.message;
    throw error;
  }
}

/** Connects, which is how MCP begins, and keeps the tools that the server lists. */
async function askMcp({ secrets, mcp }: ProbeParts, agent: CheckedAgent): Promise<string | null> {
  const opened = secrets.open(agent.id, agent.sealedSecrets);
  const target = mcpTargetOf(agent.configuration, opened);
  const deadlineMs = target.server === null ? DEADLINE_MS : START_DEADLINE_MS;
  try {
    const tools = await mcp.servers.use(target, { deadlineMs }, (calls) => calls.tools());
    await mcp.tools.replace(agent.id, agent.version, tools);
    return null;
  } catch (error) {
    if (error instanceof AgentFailure) return storableText(maskOf(opened).text(error.message));
    throw error;
  }
}

/** Reads the card, and finds a way to call the agent in it. */
async function askA2a({ secrets, a2a }: ProbeParts, agent: CheckedAgent): Promise<string | null> {
  const opened = secrets.open(agent.id, agent.sealedSecrets);
  try {
    await a2a.connect(a2aTargetOf(agent.configuration, opened), { deadlineMs: DEADLINE_MS });
    return null;
  } catch (error) {
    if (error instanceof AgentFailure) return storableText(maskOf(opened).text(error.message));
    throw error;
  }
}

export const createProbes = (parts: ProbeParts): HealthProbes => ({
  HTTP: (agent) => askHttp(parts.http, agent),
  MCP: (agent) => askMcp(parts, agent),
  A2A: (agent) => askA2a(parts, agent),
});
