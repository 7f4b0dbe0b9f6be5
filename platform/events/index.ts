export type { EventBus, EventLog, NewEvent, StoredEvent } from './types.ts';
