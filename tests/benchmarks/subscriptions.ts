import { createWorkflow, executeWorkflow, transformStep } from '../harness/fixtures.ts';
import { startProduct } from '../harness/product.ts';
import { administrator } from '../harness/users.ts';
import { percentile } from './load.ts';
import { startScript, stopScript } from './script.ts';
import type { Delivered } from './subscribers.ts';
import { printTable, type Row } from './table.ts';

const STEPS = 5;
/** Started and completed, of the execution and of each step. */
const EVENTS_EACH = 2 + 2 * STEPS;

/** Messages a second that reach subscribers of a running workflow, and how late the latest hundredth is. */
export async function benchmarkSubscriptions(databaseUrl: string): Promise<void> {
  const product = await startProduct({ databaseUrl, env: { NODE_ENV: 'production', LOG_LEVEL: 'warn' } });
  try {
    const user = await administrator(product);
    const rows: Row[] = [];
    for (const [subscribers, executions] of [
      [100, 40],
      [1_000, 10],
    ] as const) {
      const workflowId = await createWorkflow(user.graph, {
        steps: Array.from({ length: STEPS }, (_, index) => transformStep(`s${index}`, 'input.n')),
      });
      const child = await startScript('./subscribers.ts', {
        url: product.url,
        accessToken: user.accessToken,
        subscribers,
        workflowId,
        expected: executions * EVENTS_EACH,
      });
      const delivered = new Promise<Delivered>((resolve) =>
        child.once('message', (value) => resolve(value as Delivered)),
      );
      // A steady stream rather than one burst: what a dashboard sees of a busy day.
      for (let index = 0; index < executions; index++)
        await executeWorkflow(user.graph, workflowId, { input: { n: index } });
      const { deliveries, seconds, delaysMs } = await delivered;
      await stopScript(child);
      rows.push({
        name: `${subscribers} subscribers`,
        value: deliveries / seconds,
        note: `p50 ${Math.round(percentile(delaysMs, 0.5))} ms, p99 ${Math.round(percentile(delaysMs, 0.99))} ms from event to arrival`,
      });
    }
    printTable('Subscription deliveries', '/s', rows);
  } finally {
    await product.stop();
  }
}
