export { FairQueue, type Queued } from './fair-queue.ts';
