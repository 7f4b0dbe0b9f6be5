import { LRUCache } from 'lru-cache';
import type { DefinitionValues } from '../workflows/workflow-record.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';

interface Version {
  readonly workflowId: string;
  readonly version: number;
}

/** Definitions can be a megabyte each. */
const MOST_KNOWN = 20;

/**
 * Versions of workflows, which never change, for those who compare several at once: each is read once, and one after the other, since
 * the rows of 500 steps take some milliseconds to read.
 */
export class ComparedVersions {
  private last: Promise<unknown> = Promise.resolve();
  private readonly known = new LRUCache<string, DefinitionValues, Version>({
    max: MOST_KNOWN,
    // What is read is answered, also when more are asked for than are kept.
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => this.read(context),
  });

  constructor(private readonly store: Pick<WorkflowStore, 'definitionOf'>) {}

  /** Undefined when there is no such version. */
  get(workflowId: string, version: number): Promise<DefinitionValues | undefined> {
    return this.known.fetch(`${workflowId}/${version}`, { context: { workflowId, version } });
  }

  private async read({ workflowId, version }: Version): Promise<DefinitionValues | undefined> {
    const reading = this.last.then(() => this.store.definitionOf(workflowId, version));
    this.last = reading.catch(() => null);
    return (await reading) ?? undefined;
  }
}
