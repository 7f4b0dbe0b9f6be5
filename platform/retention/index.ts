export { startRetention, type RetentionParts } from './start-retention.ts';
