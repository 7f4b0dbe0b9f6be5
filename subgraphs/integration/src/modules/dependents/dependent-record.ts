import { listOf } from '@flowmesh/platform/connections';
import type { IntegrationUserKind } from '@flowmesh/platform/integration-use';
import type { CircuitState } from '@flowmesh/platform/resilience';
import type { IntegrationRecord } from '../integrations/integration-record.ts';

/** Something that uses an integration. */
export interface DependentRecord {
  /** Kind and id: unique among those of an integration. */
  readonly id: string;
  readonly integrationId: string;
  readonly kind: IntegrationUserKind;
  readonly dependentId: string;
  readonly name: string;
  /** Null when it belongs to the installation. */
  readonly ownerId: string | null;
  /** Something else takes over while the integration cannot be called. */
  readonly hasFallback: boolean;
  /** Names of those that it calls; empty when it has not told. */
  readonly operations: readonly string[];
  /** Those without which something else takes over, or it goes on; null: all if `hasFallback`, otherwise none. */
  readonly dispensable: readonly string[] | null;
}

/** Something that uses an integration, together with this integration. */
export interface ShownDependent extends DependentRecord {
  readonly integration: IntegrationRecord;
}

export type Impact = 'NONE' | 'FALLBACK' | 'BLOCKED';

/** What it calls and its integration does not have. */
export const missingOperations = ({ operations }: ShownDependent, has: readonly { readonly name: string }[]) =>
  operations.filter((called) => !has.some(({ name }) => name === called));

/** What it means for a dependent that its integration is in this state and lacks these operations: the worst of both. */
export function impactOn(dependent: ShownDependent, circuit: CircuitState, missing: readonly string[]): Impact {
  const { integration, hasFallback, dispensable } = dependent;
  const isRefused = integration.status !== 'ACTIVE' || circuit !== 'CLOSED';
  if (!isRefused && missing.length === 0) return 'NONE';
  const doesWithout = dispensable === null ? hasFallback : missing.every((name) => dispensable.includes(name));
  return (isRefused && !hasFallback) || (missing.length > 0 && !doesWithout) ? 'BLOCKED' : 'FALLBACK';
}

export interface DependentQuery {
  /** Null for all. */
  readonly kind: IntegrationUserKind | null;
}

export const DEPENDENTS = listOf({
  name: 'Integration.dependents',
  orders: { NAME: { field: 'name', type: 'string' } },
  orderBy: { field: 'NAME', direction: 'ASC' },
});
