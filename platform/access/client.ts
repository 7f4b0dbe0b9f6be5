/** Where a request came from, as far as the gateway can tell. Shown to people and counted by limits; proves nothing. */
export interface Client {
  /** IP address in its shortest form: of the peer, or what trusted proxies say of it. Null: no client asked. */
  readonly address: string | null;
  /** The `user-agent` header, at most 512 characters. */
  readonly userAgent: string | null;
}

/** Of work that no client asks for at the moment, e.g. a workflow that goes on. */
export const NO_CLIENT: Client = { address: null, userAgent: null };
