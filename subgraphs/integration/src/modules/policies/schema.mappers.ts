import type { Circuit } from '@flowmesh/platform/resilience';
import type { IntegrationRecord } from '../integrations/integration-record.ts';

export type CircuitBreakerMapper = Circuit & { readonly integration: IntegrationRecord };
