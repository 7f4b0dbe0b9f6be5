export { findSecrets, type FoundSecret, type SearchedData } from './secret-detection.ts';
