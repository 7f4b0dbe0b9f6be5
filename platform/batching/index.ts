export { Batcher, type BatcherOptions } from './batcher.ts';
export { batchedLookup } from './lookup.ts';
