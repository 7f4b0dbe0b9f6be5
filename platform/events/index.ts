export type { EventBus, EventLog, NewEvent, StoredEvent } from './types.ts';
export { appendEvents, prismaExecutor, type PrismaTransaction, type SqlExecutor } from './append-events.ts';
export { createEventLog } from './event-log.ts';
export { startRelay, type Relay, type RelayOptions } from './relay.ts';
export { pruneOutbox } from './prune-outbox.ts';
export { consumerCheck } from './consumer-check.ts';
export { createEventBus, type EventBusOptions } from './event-bus.ts';
export { streamUpdates, updatesOfLog, updatesOfObject, type LiveCaller, type Message } from './stream-updates.ts';
export { liveStream } from './live-stream.ts';
