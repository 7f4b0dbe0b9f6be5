import { signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import type { Logger } from '@flowmesh/platform/logging';
import type { PolicyChain } from '@flowmesh/platform/resilience';
import type { Services } from '@flowmesh/platform/services';
import {
  conflict,
  invalidInput,
  notFound,
  parseInput,
  problemsOf,
  type InvalidField,
} from '@flowmesh/platform/validation';
import { CHANNELS, type Channel } from '../../adapters/channel-adapter.ts';
import type { DeliveryHints } from '../delivery/delivery-queue.ts';
import { DEFAULT_RATE_LIMIT } from './channel-defaults.ts';
import { configureShape, type ConfigureNotificationChannelInput } from './channel-input.ts';
import { sourceOf, type ProviderHealth, type ProviderRecord, type ProviderValues } from './channel-record.ts';
import type { ChannelStore } from './channel-store.ts';
import { integrationProblems } from './integration-problems.ts';
import { circuitsOf, type ProviderCircuit } from './provider-circuits.ts';
import type { ChannelHealthStore } from './health-store.ts';
import { kindOf, splitSettings, type CheckProvider, type ProviderKind } from './settings/catalog.ts';
import type { CheckIntegration } from './settings/integration.ts';
import type { CheckedSettings } from './settings/provider-settings.ts';

/** Maximum tries of a change that conflicts with concurrent ones. */
const ATTEMPTS = 5;
/** A channel has at most as many. */
const MAX_PROVIDERS = 20;
const NO_PROVIDER = 'There is no such provider.';

export interface ChannelServiceParts {
  readonly store: ChannelStore;
  readonly health: ChannelHealthStore;
  readonly checkProvider: CheckProvider;
  readonly checkIntegration: CheckIntegration;
  /** The other domains. */
  readonly services: Services;
  readonly chain: PolicyChain;
  /** Wakes those who send. */
  readonly hints: DeliveryHints;
  /** Called after each commit that appended events. */
  readonly published: () => void;
  readonly logger: Logger;
}

/** A channel and its providers, in the order they are asked. */
export interface ChannelRecord {
  readonly channel: Channel;
  readonly providers: readonly ProviderRecord[];
}

/** The providers of each channel. Access is controlled by the schema. */
export class ChannelService {
  constructor(private readonly parts: ChannelServiceParts) {}

  async all(): Promise<ChannelRecord[]> {
    const providers = await this.parts.store.all();
    return CHANNELS.map((channel) => ({
      channel,
      providers: providers.filter((provider) => provider.channel === channel),
    }));
  }

  /** Circuits of providers, and what each process has seen, in the order of the providers. */
  circuitsOf(providers: readonly ProviderRecord[]): Promise<ProviderCircuit[]> {
    return circuitsOf(this.parts.chain, providers);
  }

  /** Why nothing can be sent through each of them; null when that is not so. */
  problemsOf(providers: readonly ProviderRecord[]): Promise<(string | null)[]> {
    return integrationProblems(this.parts.services, providers);
  }

  healthOf(providerIds: readonly string[]): Promise<ProviderHealth[]> {
    return this.parts.health.ofProviders(providerIds);
  }

  /** Adds a provider, or changes the one of this name. */
  async configure(caller: Caller, input: ConfigureNotificationChannelInput) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const outcome = await this.configureOnce(caller, input);
      if (outcome === 'changed meanwhile') continue;
      if (!('id' in outcome)) return outcome;
      const provider = await this.parts.store.find(outcome.id);
      if (!provider) return notFound(NO_PROVIDER);
      this.parts.chain.store.noticed(provider.id);
      this.parts.published();
      this.tell('provider configured', caller.viewer, provider);
      return { __typename: 'ConfigureNotificationChannelSuccess' as const, provider, created: outcome.created };
    }
    return conflict('Others are changing this channel; try again.');
  }

  /** Lets a provider be called at once. */
  async resetCircuit(viewer: Viewer, { id }: { readonly id: string }) {
    const provider = await this.parts.store.find(id);
    if (!provider) return notFound(NO_PROVIDER);
    const changed = await this.parts.chain.store.reset(id);
    await this.parts.hints.due(provider.channel);
    this.tell('circuit of a provider reset', viewer, provider);
    return { __typename: 'ResetNotificationProviderCircuitBreakerSuccess' as const, provider, changed };
  }

  async remove(viewer: Viewer, id: string) {
    const provider = await this.parts.store.find(id);
    if (!provider) return notFound(NO_PROVIDER);
    const refusal = {
      CONFIGURED: null,
      ENVIRONMENT: 'The environment sets this provider up: remove its variables, or configure one that goes before it.',
      BUILT_IN: 'This provider comes with the product: switch it off instead.',
    }[sourceOf(id)];
    if (refusal !== null) return conflict(refusal);
    if (!(await this.parts.store.remove(provider))) return notFound(NO_PROVIDER);
    this.parts.published();
    this.tell('provider removed', viewer, provider);
    return { __typename: 'RemoveNotificationChannelProviderSuccess' as const, providerId: id };
  }

  private async configureOnce(caller: Caller, input: ConfigureNotificationChannelInput) {
    const parsed = parseInput(configureShape, input);
    const { channel } = input;
    const known = (await this.parts.store.all()).filter((provider) => provider.channel === channel);
    const kind = kindOf(channel, input);
    const settingsGiven = typeof kind === 'string' || kind.path !== 'channel';
    const name = (parsed.ok ? parsed.data.name : null) ?? nameOf(kind, known);
    const before = known.find((provider) => provider.name === name) ?? null;
    const problems: InvalidField[] = [
      ...problemsOf(parsed),
      ...(name === null ? [{ path: 'name', message: 'is required: the channel has several providers, or none' }] : []),
      ...(typeof kind !== 'string' && (settingsGiven || before === null) ? [kind] : []),
    ];
    const settings = typeof kind === 'string' ? await this.settingsOf(caller, kind, input, before) : null;
    problems.push(...(settings?.problems ?? []));
    if (!parsed.ok || problems.length > 0 || name === null) return invalidInput(problems);
    if (before && sourceOf(before.id) === 'ENVIRONMENT') {
      return conflict('The environment sets this provider up: change its variables, or give another name.');
    }
    const { data } = parsed;
    const values: ProviderValues = {
      provider: typeof kind === 'string' ? kind : (before?.provider ?? ''),
      settings: settings ? { ...settings.config, ...settings.secrets } : (before?.settings ?? null),
      integrationId: settings ? (input.integration?.integrationId ?? null) : (before?.integrationId ?? null),
      isActive: data.isActive ?? before?.isActive ?? true,
      rateLimitPerMinute: data.rateLimitPerMinute ?? before?.rateLimitPerMinute ?? DEFAULT_RATE_LIMIT,
      recipientRateLimitPerMinute:
        data.recipientRateLimitPerMinute === undefined
          ? (before?.recipientRateLimitPerMinute ?? null)
          : data.recipientRateLimitPerMinute,
    };
    if (before) return this.update(before, input.expectedVersion, data.position ?? before.position, values);
    if (known.length >= MAX_PROVIDERS) return conflict(`A channel has at most ${MAX_PROVIDERS} providers.`);
    const id = newId();
    const place = { id, channel, name, position: data.position ?? null };
    const created = await this.parts.store.create(place, values, MAX_PROVIDERS);
    return created ? { id, created } : ('changed meanwhile' as const);
  }

  private async update(
    before: ProviderRecord,
    expected: number | null | undefined,
    position: number,
    values: ProviderValues,
  ) {
    if (expected != null && expected !== before.version) {
      return conflict(`The provider is at version ${before.version}, not ${expected}.`);
    }
    const written = await this.parts.store.update(before, position, values);
    return written ? { id: before.id, created: false } : ('changed meanwhile' as const);
  }

  /** The settings of this kind, and what is wrong with them. */
  private async settingsOf(
    { viewer, requestId }: Caller,
    kind: ProviderKind,
    input: ConfigureNotificationChannelInput,
    before: ProviderRecord | null,
  ): Promise<CheckedSettings> {
    if (kind === 'INTEGRATION') {
      const { channel, integration } = input;
      if (!integration) return { problems: [], config: {}, secrets: {} };
      return this.parts.checkIntegration({ viewer, requestId, channel, input: integration });
    }
    const previous = before?.provider === kind && before.settings ? splitSettings(kind, before.settings) : null;
    return this.parts.checkProvider(kind, input, previous);
  }

  private tell(what: string, viewer: Viewer, { id, channel, provider, name }: ProviderRecord): void {
    this.parts.logger.info({ by: signedIn(viewer).userId, providerId: id, channel, provider, name }, what);
  }
}

/** By default a provider is called as its kind; without settings the only one there is is meant. */
function nameOf(kind: ProviderKind | InvalidField, known: readonly ProviderRecord[]): string | null {
  if (typeof kind === 'string') return kind.toLowerCase();
  const [only, ...others] = known;
  return only && others.length === 0 ? only.name : null;
}
