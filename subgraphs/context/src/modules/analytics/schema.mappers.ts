import type { AnalyticsSummary, ContextAnalytics } from './analytics-store.ts';

export type ContextReaderMapper = ContextAnalytics['readers'][number];
export type ContextWriterMapper = ContextAnalytics['writers'][number];
export type ContextAnalyticsSummaryMapper = AnalyticsSummary;
