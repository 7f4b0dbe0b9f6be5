import { hasScope, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import { isOutage, PublicError } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { id, invalidInput, parseInput, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { ExecutionRecord, ExecutionStatus } from '../executions/execution-record.ts';
import type { ExecuteWorkflowInput, ExecutionService } from '../executions/execution-service.ts';
import type { BulkError, BulkKind, BulkOperation, BulkSelection } from './bulk-record.ts';
import type { BulkStore } from './bulk-store.ts';

const MAX_ITEMS = 1_000;
/** Started at once; the engine stores what comes together in one transaction. */
const AT_ONCE = 100;
const FIRST_IDS = 100;
const UNENDED: readonly ExecutionStatus[] = ['PENDING', 'RUNNING', 'PAUSED', 'WAITING'];

const filterShape = z
  .object({
    workflowId: id().nullish(),
    startedById: id().nullish(),
    status: z.array(z.string()).max(10).nullish(),
    createdAfter: z.date().nullish(),
    createdBefore: z.date().nullish(),
  })
  .refine(({ workflowId, startedById }) => workflowId != null || startedById != null, {
    error: 'needs workflowId or startedById',
  });
const shape = z.object({
  filter: filterShape,
  reason: text({ max: 500 }).nullish(),
  dryRun: z.boolean().nullish(),
});

export interface BulkInput {
  readonly filter: object;
  readonly reason?: string | null;
  readonly dryRun?: boolean | null;
}

export interface BulkServiceParts {
  readonly store: BulkStore;
  readonly executions: ExecutionService;
  readonly now: () => Promise<Date>;
}

interface Item {
  readonly index: number;
  readonly execution: ExecutionRecord | null;
  readonly created: boolean;
  readonly error: BulkError | null;
}

/** Many executions at once: started here and now, cancelled and retried in the background. */
export class BulkService {
  constructor(private readonly parts: BulkServiceParts) {}

  /** Each item has its own result; an item with an error can be sent again under its key. */
  async execute(caller: Caller, items: readonly ExecuteWorkflowInput[]) {
    if (items.length === 0 || items.length > MAX_ITEMS) {
      return invalidInput([{ path: 'items', message: `must have 1 to ${MAX_ITEMS.toLocaleString('en')} items` }]);
    }
    const results: Item[] = [];
    for (let start = 0; start < items.length; start += AT_ONCE) {
      const chunk = items.slice(start, start + AT_ONCE);
      results.push(...(await this.executeChunk(caller, chunk, start)));
    }
    const accepted = results.filter(({ execution }) => execution !== null).length;
    return { __typename: 'ExecuteWorkflowsSuccess' as const, results, accepted, refused: results.length - accepted };
  }

  /** Null when there is none, or it is somebody else's. */
  async find(viewer: Viewer, operationId: string): Promise<BulkOperation | null> {
    const operation = await this.parts.store.find(operationId);
    return operation?.ownerId === signedIn(viewer).userId ? operation : null;
  }

  /** Selects now, and does it in the background. */
  async begin(viewer: Viewer, kind: BulkKind, input: BulkInput) {
    const { userId, scopes, roleIds } = signedIn(viewer);
    const parsed = parseInput(shape, input);
    if (!parsed.ok) return parsed.error;
    const { filter, reason, dryRun } = parsed.data;
    const possible = kind === 'CANCEL' ? UNENDED : (['FAILED', 'CANCELLED'] as const);
    const status = (filter.status ?? (kind === 'CANCEL' ? UNENDED : ['FAILED'])) as readonly ExecutionStatus[];
    if (!status.every((each) => possible.some((one) => one === each))) {
      return invalidInput([{ path: 'filter.status', message: `must be among ${possible.join(', ')}` }]);
    }
    const selection: BulkSelection = {
      workflowId: filter.workflowId ?? null,
      startedById: filter.startedById ?? null,
      status,
      createdAfter: filter.createdAfter?.toISOString() ?? null,
      createdBefore: filter.createdBefore?.toISOString() ?? null,
    };
    const before = await this.parts.now();
    const selected = { selection, visibleTo: commandableOf(viewer), before };
    const [count, firstIds] = await Promise.all([
      this.parts.store.count(selected),
      this.parts.store.idsAfter(selected, null, FIRST_IDS),
    ]);
    const operation = dryRun
      ? null
      : await this.parts.store.create({
          ...{ id: newId(), kind, ownerId: userId, scopes, roleIds: roleIds ?? [], selection },
          ...{ reason: reason ?? null, selected: count, createdAt: before },
        });
    return { __typename: 'WorkflowBulkSuccess' as const, selected: count, firstIds, operation };
  }

  /** All at once, but items of one key in their order: the first is the one that counts. */
  private executeChunk(caller: Caller, chunk: readonly ExecuteWorkflowInput[], start: number): Promise<Item[]> {
    const lastOf = new Map<string, Promise<Item>>();
    return Promise.all(
      chunk.map((item, n) => {
        const execute = () => this.executeOne(caller, item, start + n);
        if (item.idempotencyKey == null) return execute();
        const key = JSON.stringify([item.workflowId, item.idempotencyKey]);
        const result = lastOf.get(key)?.then(execute) ?? execute();
        lastOf.set(key, result);
        return result;
      }),
    );
  }

  private async executeOne(caller: Caller, item: ExecuteWorkflowInput, index: number): Promise<Item> {
    const refused = (error: BulkError): Item => ({ index, execution: null, created: false, error });
    try {
      const outcome = await this.parts.executions.execute(caller, item);
      if (outcome.__typename === 'ExecuteWorkflowSuccess') {
        return { index, execution: outcome.execution, created: outcome.created, error: null };
      }
      return refused(errorOf(outcome));
    } catch (error) {
      const known = publicErrorOf(error);
      if (!known) throw error;
      return refused(known);
    }
  }
}

/** Whose executions the viewer may cancel and retry: null for everybody's. */
export const commandableOf = (viewer: Viewer): string | null =>
  hasScope(viewer, 'workflow:execute-any') ? null : signedIn(viewer).userId;

/** A member of an answer's union, as an item of a bulk tells it. */
export function errorOf(outcome: {
  readonly code: string;
  readonly message: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}): BulkError {
  const fields = outcome.fields?.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return { code: outcome.code, message: fields || outcome.message };
}

/** What clients are told of an error; null for faults of the product. */
export function publicErrorOf(error: unknown): BulkError | null {
  if (error instanceof PublicError) return { code: String(error.extensions['code']), message: error.message };
  return isOutage(error)
    ? { code: 'UNAVAILABLE', message: 'The workflow service cannot do this at the moment.' }
    : null;
}
