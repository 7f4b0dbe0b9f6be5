import type { Analytics } from './analytics-service.ts';

export type IntegrationAnalyticsMapper = Analytics;
