import { sql } from '../harness/databases.ts';
import type { ProductAddress } from '../harness/test-config.ts';

/** Gives a user 100 agents with 100 executions each. */
export async function makeLargeAnswers(product: ProductAddress, ownerId: string): Promise<void> {
  await sql(
    product,
    'agent',
    `insert into agents (id, owner_id, name, type, kind, configuration, timeout_seconds, retry_policy, concurrency_limit)
     select 'large-' || n, $1, 'large ' || n, 'Echo', 'BUILTIN', '{}', 60,
       '{"maxAttempts":1,"initialDelayMs":1,"maxDelayMs":1,"multiplier":1}', 1
     from generate_series(1, 100) n`,
    [ownerId],
  );
  await sql(
    product,
    'agent',
    `insert into agent_executions (id, agent_id, agent_owner_id, agent_name, status, input, max_attempts, timeout_seconds, started_by_id, completed_at)
     select 'large-' || a || '-' || e, 'large-' || a, $1, 'large ' || a, 'COMPLETED', '{}', 1, 60, $1, now()
     from generate_series(1, 100) a, generate_series(1, 100) e`,
    [ownerId],
  );
}

const executionsOf = (agents: number, fields: string) =>
  `{ agents(first: ${agents}) { nodes { id executions(first: 100) { nodes { ${fields} } } } } }`;

/** About as much as the limits let through: nothing is wrong with any of them. */
export const LARGE_ANSWERS = [
  {
    name: '10,000 objects of one service',
    query: executionsOf(100, 'id status agentName attempts queuedAt'),
    objects: 10_000,
  },
  {
    name: '10,000 objects joined with another service',
    query: executionsOf(100, 'id startedBy { id username }'),
    objects: 10_000,
  },
  {
    name: '300,000 values',
    query: executionsOf(35, Array.from({ length: 90 }, (_, at) => `f${at}: agentName`).join(' ')),
    objects: 3_500,
  },
] as const;

export type LargeAnswer = (typeof LARGE_ANSWERS)[number];

interface Agents {
  readonly agents: { readonly nodes: readonly { readonly executions: { readonly nodes: readonly object[] } }[] };
}

/** Of the innermost lists together. */
export const objectsIn = ({ agents }: Agents): number =>
  agents.nodes.reduce((sum, { executions }) => sum + executions.nodes.length, 0);
