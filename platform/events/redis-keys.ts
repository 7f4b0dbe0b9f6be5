/** Every key of the bus; the braces keep them on one node of a cluster. */
export interface RedisKeys {
  readonly stream: string;
  readonly seen: string;
  readonly counter: string;
  readonly positions: string;
  lock(group: string): string;
}

export function keysOf(prefix: string): RedisKeys {
  const tag = `{${prefix}:bus}`;
  return {
    stream: `${tag}:events`,
    seen: `${tag}:seen`,
    counter: `${tag}:counter`,
    positions: `${tag}:positions`,
    lock: (group) => `${tag}:lock:${group}`,
  };
}
