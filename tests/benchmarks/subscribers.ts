// Many subscribers in a process of their own: counts messages and how late they come.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

interface Settings {
  readonly url: string;
  readonly accessToken: string;
  readonly subscribers: number;
  readonly workflowId: string;
  /** Messages each of them waits for. */
  readonly expected: number;
}

export interface Delivered {
  readonly deliveries: number;
  readonly seconds: number;
  /** From the event's own time to its arrival. */
  readonly delaysMs: readonly number[];
}

const settings = JSON.parse(process.argv[2]!) as Settings;
const QUERY = `subscription Events($workflowId: ID!) {
  workflowExecutionEvents(filter: { workflowId: $workflowId }) { type occurredAt executionId stepId execution { status } }
}`;

let ready = 0;
let first = Number.POSITIVE_INFINITY;
let last = 0;
let deliveries = 0;
const delaysMs: number[] = [];

async function subscriber(index: number): Promise<void> {
  const client = createClient({
    url: `${settings.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${settings.accessToken}` },
  });
  const messages = client.iterate<{ workflowExecutionEvents: { type: string | null; occurredAt: string } }>({
    query: QUERY,
    variables: { workflowId: settings.workflowId },
  });
  let received = 0;
  for await (const { data, errors } of messages) {
    if (!data) throw new Error(JSON.stringify(errors));
    const { type, occurredAt } = data.workflowExecutionEvents;
    if (type === null) {
      if (++ready === settings.subscribers) process.send?.('ready');
      continue;
    }
    const now = performance.timeOrigin + performance.now();
    first = Math.min(first, now);
    last = now;
    deliveries++;
    // A sample is enough: at 1,000 subscribers there are hundreds of thousands.
    if ((deliveries + index) % 7 === 0) delaysMs.push(now - Date.parse(occurredAt));
    if (++received === settings.expected) break;
  }
  await client.dispose();
}

await Promise.all(Array.from({ length: settings.subscribers }, (_, index) => subscriber(index)));
const result: Delivered = { deliveries, seconds: (last - first) / 1000, delaysMs };
process.send?.(result);
process.once('SIGTERM', () => process.exit(0));
