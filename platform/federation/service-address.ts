/** Where another service answers: its base address, e.g. `https://inside.example.org/agent`, may have a path of its own. */
export interface ServiceAddress {
  readonly origin: string;
  /** The path of the base without a slash at its end: it goes before every path of the service. Often empty. */
  readonly prefix: string;
}

export function serviceAddress(url: string): ServiceAddress {
  const { origin, pathname } = new URL(url);
  return { origin, prefix: pathname.replace(/\/+$/, '') };
}
