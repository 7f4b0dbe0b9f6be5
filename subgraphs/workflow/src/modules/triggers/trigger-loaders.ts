import type { Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { perArguments } from '@flowmesh/platform/loaders';
import DataLoader from 'dataloader';
import type { FiringRecord, TriggerRecord } from './trigger-record.ts';
import type { TriggerService } from './trigger-service.ts';

/** Batched reads of triggers in one operation. */
export interface TriggerLoaders {
  readonly triggers: DataLoader<string, TriggerRecord | null>;
  readonly triggersOf: (args: PageArguments) => DataLoader<string, Connection<TriggerRecord>>;
  readonly lastFirings: DataLoader<string, FiringRecord | null>;
  readonly firingsOf: (args: PageArguments) => DataLoader<string, Connection<FiringRecord>>;
}

const options = { maxBatchSize: 500 };

export const createTriggerLoaders = (viewer: Viewer, triggers: TriggerService): TriggerLoaders => ({
  triggers: new DataLoader((ids) => triggers.visible(viewer, ids), options),
  triggersOf: perArguments((args) => new DataLoader((ids) => triggers.listsOf(viewer, ids, args), options)),
  lastFirings: new DataLoader((ids) => triggers.lastOf(ids), options),
  firingsOf: perArguments((args) => new DataLoader((ids) => triggers.historiesOf(ids, args), options)),
});
