import { CLOSED, type Circuit, type Observer, type PolicyChain } from '@flowmesh/platform/resilience';
import { breakerRulesOf } from '../delivery/provider-policy.ts';
import type { ProviderRecord } from './channel-record.ts';

/** Whether a provider is called, and why not. */
export interface ProviderCircuit extends Circuit {
  readonly observers: Observer[];
}

/** In the order of the providers. One that asked not to be called for a while is shown as open until then. */
export async function circuitsOf(chain: PolicyChain, providers: readonly ProviderRecord[]): Promise<ProviderCircuit[]> {
  const keys = providers.map(({ id }) => id);
  const windows = providers.map((provider) => ({ key: provider.id, ...breakerRulesOf(provider) }));
  const [circuits, observers, holds] = await Promise.all([
    chain.circuits.circuits(keys),
    chain.circuits.observers(windows),
    chain.rates.holdsOf(keys),
  ]);
  return keys.map((key) => {
    const circuit = circuits.get(key) ?? CLOSED;
    const heldUntil = holds.get(key);
    const shown = heldUntil && circuit.state === 'CLOSED' ? held(circuit, heldUntil) : circuit;
    return { ...shown, observers: observers.get(key) ?? [] };
  });
}

const held = (circuit: Circuit, retryAt: Date): Circuit => ({ ...circuit, state: 'OPEN', retryAt });
