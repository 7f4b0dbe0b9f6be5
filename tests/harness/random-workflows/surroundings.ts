import { createWorkflow, registerAgent } from '../fixtures.ts';
import { registerIntegration } from '../integrations.ts';
import type { ProductAddress } from '../test-config.ts';
import { makeUser, unique, type TestUser } from '../users.ts';
import type { Node } from './nodes.ts';
import { written, type Surroundings } from './written.ts';

/** Registers what steps work with: an agent and an integration of what is outside, and the workflows that others run. */
export async function makeSurroundings(
  product: ProductAddress,
  user: TestUser,
  outside: { readonly url: string },
  inner: readonly (readonly Node[])[],
): Promise<Surroundings> {
  const stranger = await makeUser(product);
  const http = { url: `${outside.url}/agent` };
  const agentId = await registerAgent(user.graph, {
    ...{ name: unique('worker'), type: 'Worker', kind: 'HTTP', http, concurrencyLimit: 50 },
  });
  const integrationId = await registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: outside.url },
    operations: [{ name: 'do', method: 'POST', path: '/do' }],
    policy: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 1_000 } },
  });
  const around = { agentId, integrationId, others: [] as string[], stranger: stranger.id };
  for (const nodes of inner) {
    around.others.push(await createWorkflow(user.graph, { type: 'PARALLEL', steps: written(nodes, around) }));
  }
  return around;
}
