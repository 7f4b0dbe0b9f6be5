import type { PolicyChain, Standing } from '@flowmesh/platform/resilience';
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

export interface ProvidersParts {
  readonly store: ProviderStore;
  /** Those this version of the product can send through. */
  readonly usable: ReadonlySet<string>;
  readonly chain: PolicyChain;
}

/** The providers as they were a moment ago, so that not every attempt asks the database. */
export class Providers {
  private known: { readonly at: number; readonly providers: Promise<Provider[]> } | undefined;
  /** Those that one message of this process is trying. */
  private readonly tried = new Set<string>();
  /** Those that have refused a call lately: the next one goes alone. */
  private readonly doubtful = new Set<string>();

  constructor(private readonly parts: ProvidersParts) {}

  async of(channel: Channel): Promise<Provider[]> {
    return (await this.all()).filter((known) => known.channel === channel && this.parts.usable.has(known.provider));
  }

  /** Those that send through this integration, of all channels. */
  async through(integrationId: string): Promise<Provider[]> {
    return (await this.all()).filter((known) => known.integrationId === integrationId);
  }

  /** Whoever gets a plan that probes says when the probe has ended. */
  async plan(channel: Channel): Promise<ProviderPlan> {
    const providers = await this.of(channel);
    const waits: number[] = [];
    for (const provider of providers) {
      if (this.tried.has(provider.id)) continue;
      const standing = await this.parts.chain.standing(provider.id);
      if (standing.calls === 'MUST_WAIT') {
        waits.push(standing.forMs);
        continue;
      }
      const probing = this.mustProbe(provider, standing);
      if (probing) this.tried.add(provider.id);
      return { providers, first: provider, probing, retryInMs: null };
    }
    return { providers, first: undefined, probing: false, retryInMs: Math.max(FRESH_MS, Math.min(...waits)) };
  }

  /** The message of a plan that probes has ended, or there was none. */
  ended({ first, probing }: ProviderPlan): void {
    if (first && probing) this.tried.delete(first.id);
  }

  /** Whether a provider that is not the first would take a message now. */
  async mayAsk(provider: Provider): Promise<boolean> {
    if (this.tried.has(provider.id)) return false;
    return (await this.parts.chain.standing(provider.id)).calls === 'MAY' && !this.doubtful.has(provider.id);
  }

  /** It has refused a call although it could have been made. */
  doubt({ id }: Provider): void {
    this.doubtful.add(id);
  }

  trust({ id }: Provider): void {
    this.doubtful.delete(id);
  }

  private mustProbe(provider: Provider, { calls }: Standing): boolean {
    return calls === 'MAY_PROBE' || this.doubtful.has(provider.id);
  }

  private all(): Promise<Provider[]> {
    const now = performance.now();
    if (this.known && now - this.known.at < FRESH_MS) return this.known.providers;
    const providers = this.parts.store.active();
    const known = { at: now, providers };
    this.known = known;
    providers.catch(() => {
      if (this.known === known) this.known = undefined;
    });
    return providers;
  }
}
