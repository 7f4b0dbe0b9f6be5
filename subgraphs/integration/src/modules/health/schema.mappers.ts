import type { HealthChange } from './health-feed.ts';

export type IntegrationHealthChangeMapper = HealthChange;
