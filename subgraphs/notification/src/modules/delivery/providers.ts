import type { Channel } from '../../adapters/channel-adapter.ts';
import type { Provider, ProviderStore } from './provider-store.ts';

/** Changes of the configuration are noticed within this time. */
const FRESH_MS = 1_000;

/** Who is asked next for a channel, and who stands in. */
export interface ProviderPlan {
  /** All of the channel, in order. */
  readonly providers: readonly Provider[];
  /** The first that may be asked; undefined when all are given a rest. */
  readonly first: Provider | undefined;
  /** Only one attempt may be made: it finds out whether the provider is well again. */
  readonly probing: boolean;
  /** Until one of them may be asked; null when one may. */
  readonly retryInMs: number | null;
}

/** The providers as they were a moment ago, so that not every attempt asks the database. */
export class Providers {
  private known: { readonly at: number; readonly providers: Promise<Provider[]> } | undefined;

  constructor(
    private readonly store: ProviderStore,
    /** Those this version of the product can send through. */
    private readonly usable: ReadonlySet<string>,
  ) {}

  async of(channel: Channel): Promise<Provider[]> {
    return (await this.all()).filter((known) => known.channel === channel && this.usable.has(known.provider));
  }

  async plan(channel: Channel): Promise<ProviderPlan> {
    const providers = await this.of(channel);
    for (const provider of providers) {
      if (provider.breakerOpenMs === null) return { providers, first: provider, probing: false, retryInMs: null };
      if (provider.breakerOpenMs === 0 && (await this.store.beginProbe(provider.id))) {
        this.forget();
        return { providers, first: provider, probing: true, retryInMs: null };
      }
    }
    const waits = providers.map(({ breakerOpenMs }) => breakerOpenMs ?? 0);
    return { providers, first: undefined, probing: false, retryInMs: Math.max(FRESH_MS, Math.min(...waits)) };
  }

  async failed(provider: Provider, message: string): Promise<void> {
    await this.store.recordFailure(provider.id, message);
    this.forget();
  }

  /** Costs nothing while all is well. */
  async succeeded(id: string): Promise<void> {
    const provider = (await this.all()).find((known) => known.id === id);
    if (!provider || provider.failures === 0) return;
    await this.store.recordSuccess(id);
    this.forget();
  }

  private forget(): void {
    this.known = undefined;
  }

  private all(): Promise<Provider[]> {
    const now = performance.now();
    if (this.known && now - this.known.at < FRESH_MS) return this.known.providers;
    const providers = this.store.active();
    const known = { at: now, providers };
    this.known = known;
    providers.catch(() => {
      if (this.known === known) this.known = undefined;
    });
    return providers;
  }
}
