import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { checkJsonata } from '@flowmesh/platform/expressions';
import { id, invalidInput, notFound, parseInput, text, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { mayChange, maySee } from '../workflows/workflow-access.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';
import type { OnLimit, WorkflowLimits } from './limit-record.ts';
import type { LimitStore } from './limit-store.ts';

const NO_WORKFLOW = 'There is no such workflow, or you may not change it.';

const int = (max: number) => {
  const message = `must be 1 to ${max.toLocaleString('en')}`;
  return z.int(message).min(1, message).max(max, message);
};
const key = text({ min: 1, max: 2_000 }).nullish();
const shape = z.object({
  workflowId: id(),
  concurrency: z.object({ limit: int(1_000), key }).nullish(),
  rateLimit: z.object({ limit: int(10_000), perSeconds: int(86_400), key }).nullish(),
});

export interface SetLimitsInput {
  readonly workflowId: string;
  readonly concurrency?: {
    readonly limit: number;
    readonly key?: string | null | undefined;
    readonly onLimit?: OnLimit | undefined;
  } | null;
  readonly rateLimit?: {
    readonly limit: number;
    readonly perSeconds: number;
    readonly key?: string | null | undefined;
  } | null;
}

/** Limits of workflows, as their owners set them. */
export class LimitService {
  constructor(
    private readonly store: LimitStore,
    private readonly workflows: WorkflowStore,
    private readonly changed: (workflowId: string) => void,
  ) {}

  /** Of workflows that the viewer may see; in the order of the ids. */
  async ofWorkflows(workflowIds: readonly string[]): Promise<(WorkflowLimits | null)[]> {
    const found = await this.store.findMany(workflowIds);
    return workflowIds.map((workflowId) => found.get(workflowId) ?? null);
  }

  async set(viewer: Viewer, input: SetLimitsInput) {
    const parsed = parseInput(shape, input);
    if (!parsed.ok) return parsed.error;
    const { workflowId, concurrency, rateLimit } = parsed.data;
    const workflow = await this.workflows.find(workflowId);
    const may = workflow && maySee(viewer, workflow.ownerId) && mayChange(viewer, workflow.ownerId);
    if (!may) return notFound(NO_WORKFLOW);
    const problems = [
      ...(await keyProblems('concurrency.key', concurrency?.key, viewer)),
      ...(await keyProblems('rateLimit.key', rateLimit?.key, viewer)),
    ];
    if (problems.length > 0) return invalidInput(problems);
    const isSet = await this.store.set(workflowId, {
      concurrency: concurrency
        ? { limit: concurrency.limit, key: concurrency.key ?? null, onLimit: input.concurrency?.onLimit ?? 'QUEUE' }
        : null,
      rateLimit: rateLimit ? { ...rateLimit, key: rateLimit.key ?? null } : null,
    });
    if (!isSet) return notFound(NO_WORKFLOW);
    this.changed(workflowId);
    return { __typename: 'SetWorkflowLimitsSuccess' as const, workflow };
  }
}

async function keyProblems(
  path: string,
  expression: string | null | undefined,
  viewer: Viewer,
): Promise<InvalidField[]> {
  if (expression == null) return [];
  const { problem, references } = await checkJsonata(expression, { owner: signedIn(viewer).userId });
  if (problem) return [{ path, message: problem.message }];
  const other = references.find(({ path: [name] }) => name !== 'input');
  return other ? [{ path, message: `${other.path[0]} is not known: there is only input` }] : [];
}
