import type { AnalyticsSummary, ContextAnalytics } from './analytics-store.ts';

export type ContextReaderMapper = ContextAnalytics['readers'][number];
export type ContextAnalyticsSummaryMapper = AnalyticsSummary;
