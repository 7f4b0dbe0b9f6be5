/** One figure of a process's `/metrics`, without labels; 0 while it has none. */
export async function metric(url: string, name: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const [, value] = new RegExp(`^${name} (.+)$`, 'm').exec(await response.text()) ?? [];
  return Number(value ?? 0);
}

/** Live subscriptions to events in a process. */
export const eventSubscribers = (url: string): Promise<number> => metric(url, 'events_subscribers');

/** Bytes on the heap of a process that are used, or not yet collected. */
export const heapUsed = (url: string): Promise<number> => metric(url, 'nodejs_heap_size_used_bytes');
