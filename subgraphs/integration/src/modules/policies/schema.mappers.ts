import type { CallPolicy } from '@flowmesh/platform/resilience';

export type IntegrationPolicyMapper = CallPolicy;
