import { mayTouch, type SignedInViewer } from '@flowmesh/platform/access';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { maySee } from '../workflows/workflow-access.ts';
import { storableIds } from '../workflows/storable-ids.ts';
import { allWork } from '../workflows/validation/nested-steps.ts';
import type { WorkflowRecord } from '../workflows/workflow-record.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';
import { error, ofWork, warning, type Finding, type Known, type Subject, type Work } from './finding.ts';
import type { KnownValues } from './known-values.ts';

/** Further workflows are not looked into. */
const MAX_WORKFLOWS = 20;
const EXECUTE_ANY = 'workflow:execute-any';

export interface Gathered {
  readonly work: readonly Work[];
  readonly findings: readonly Finding[];
}

/** All that an execution may do, also by the workflows that it runs, and why some of those would not run. */
export async function gatherWork(
  store: Pick<WorkflowStore, 'findMany' | 'stepsOf'>,
  viewer: SignedInViewer,
  first: Subject,
  values: KnownValues,
): Promise<Gathered> {
  const work: Work[] = [];
  const findings: Finding[] = [];
  const seen = new Set([first.workflow.id]);
  for (let next: readonly Subject[] = [first]; next.length > 0;) {
    const found = await workOf(store, next);
    work.push(...found);
    const wanted = await Promise.all(found.flatMap((each) => othersIn(each, values)));
    const known = await knownAmong(store, wanted);
    const begun: Subject[] = [];
    for (const { work: by, id, input } of wanted) {
      const workflow = known.get(id);
      findings.push(...(await problemsOf(viewer, by, id, workflow, input)));
      if (!workflow || !maySee(viewer, workflow.ownerId) || seen.has(id)) continue;
      if (seen.size >= MAX_WORKFLOWS) {
        findings.push(ofWork(by, 'config.workflowId', warning('UNKNOWN', MORE)));
        continue;
      }
      seen.add(id);
      begun.push({ workflow, input });
    }
    next = begun;
  }
  return { work, findings };
}

const MORE = `the workflow was not looked into: more than ${MAX_WORKFLOWS} would be run`;

async function workOf(store: Pick<WorkflowStore, 'stepsOf'>, subjects: readonly Subject[]): Promise<Work[]> {
  const steps = await store.stepsOf(
    subjects.map(({ workflow }) => ({ workflowId: workflow.id, version: workflow.version })),
  );
  return subjects.flatMap((subject) => {
    const own = steps.filter(({ workflowId }) => workflowId === subject.workflow.id).map(({ step }) => step);
    return allWork(own).map(({ step, path }) => ({ subject, step, path }));
  });
}

interface Other {
  readonly work: Work;
  readonly id: string;
  readonly input: Known;
}

function othersIn(work: Work, values: KnownValues): Promise<Other>[] {
  const { workflowId: id, input: text } = work.step.config as {
    readonly workflowId?: unknown;
    readonly input?: string;
  };
  if (work.step.stepType !== 'SUB_WORKFLOW' || typeof id !== 'string') return [];
  const input = text === undefined ? Promise.resolve(work.subject.input) : values.of(text, work.subject);
  return [input.then((known) => ({ work, id, input: known }))];
}

async function knownAmong(store: Pick<WorkflowStore, 'findMany'>, others: readonly Other[]) {
  const ids = storableIds([...new Set(others.map(({ id }) => id))]);
  return new Map((ids.length === 0 ? [] : await store.findMany(ids)).map((workflow) => [workflow.id, workflow]));
}

async function problemsOf(
  viewer: SignedInViewer,
  by: Work,
  id: string,
  workflow: WorkflowRecord | undefined,
  input: Known,
): Promise<Finding[]> {
  const tell = (told: Parameters<typeof ofWork>[2], place = 'config.workflowId') => ofWork(by, place, told);
  if (!workflow || !maySee(viewer, workflow.ownerId)) {
    return [tell(error('UNKNOWN_WORKFLOW', `there is no workflow ${id}, or you may not see it`))];
  }
  const findings: Finding[] = [];
  if (!mayTouch(viewer, workflow.ownerId, EXECUTE_ANY)) {
    findings.push(tell(error('MISSING_PERMISSION', `the workflow belongs to somebody else: it needs ${EXECUTE_ANY}`)));
  }
  const status = statusProblem(viewer, workflow);
  if (status !== null) findings.push(tell(error('NOT_EXECUTABLE', status)));
  if (workflow.contextMode === 'REQUIRED' && by.step.config['passContext'] !== true) {
    findings.push(
      tell(error('INVALID_CONTEXT', 'the workflow needs a context: set passContext'), 'config.passContext'),
    );
  }
  if (!input || workflow.inputSchema === null) return findings;
  const problems = await validateAgainst(workflow.inputSchema, input.value, waitingViewer(viewer));
  const told = problems.map(({ path, message }) =>
    tell(error('INVALID_INPUT', `the workflow would refuse its input: ${path || 'it'} ${message}`), 'config.input'),
  );
  return [...findings, ...told];
}

/** Why a workflow cannot be executed by this viewer whatever their rights. */
export function statusProblem({ userId }: SignedInViewer, { status, ownerId }: WorkflowRecord): string | null {
  if (status === 'ARCHIVED') return 'the workflow is ARCHIVED: activate it';
  return status === 'DRAFT' && ownerId !== userId ? 'the workflow is a DRAFT of somebody else' : null;
}
