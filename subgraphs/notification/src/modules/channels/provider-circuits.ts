import { type Circuit, type ShownObserver, type PolicyChain } from '@flowmesh/platform/resilience';
import { breakerRulesOf } from '../delivery/provider-policy.ts';
import type { ProviderRecord } from './channel-record.ts';

/** Whether a provider is called, and why not. */
export interface ProviderCircuit extends Circuit {
  readonly observers: ShownObserver[];
}

/** In the order of the providers. One that asked not to be called for a while is shown as open until then. */
export async function circuitsOf(
  { store }: PolicyChain,
  providers: readonly ProviderRecord[],
): Promise<ProviderCircuit[]> {
  const keys = providers.map(({ id }) => id);
  const windows = providers.map((provider) => ({ key: provider.id, ...breakerRulesOf(provider) }));
  const [circuits, observers] = await Promise.all([store.circuitsOf(keys), store.circuits.observers(windows)]);
  return circuits.map((circuit, at) => ({ ...circuit, observers: observers.get(keys[at] as string) ?? [] }));
}
