import { formatPath, id, jsonObject, metadata, name, tags, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import {
  COMPENSATE_WHEN,
  COMPENSATION_TYPES,
  DEFAULT_RETRY_POLICY,
  ON_SKIP,
  STEP_TYPES,
  type Compensation,
  type ContextMode,
  type OnSkip,
  type RetryPolicy,
  type StepTypeName,
} from '../../executions/engine/definition.ts';
import type { WorkflowType } from '../workflow-record.ts';
import type { WorkflowProblem } from './problem.ts';

const MAX_STEPS = 500;
const MAX_BYTES = 1_048_576;

export interface StepInput {
  readonly id: string;
  readonly name?: string | null;
  readonly stepType: StepTypeName;
  readonly agentId?: string | null;
  readonly config?: Record<string, unknown> | null;
  readonly dependencies?: readonly string[] | null;
  readonly condition?: string | null;
  readonly timeoutSeconds?: number | null;
  readonly retryCount?: number | null;
  readonly continueOnFailure?: boolean | null;
  readonly onSkip?: OnSkip | null;
  readonly onFailure?: readonly string[] | null;
  readonly retryPolicy?: { readonly [Key in keyof RetryPolicy]?: RetryPolicy[Key] | null } | null;
  readonly waitTimeoutSeconds?: number | null;
  readonly compensation?: CompensationInput | null;
}

/** Which types it can have is checked. */
export interface CompensationInput extends Pick<
  StepInput,
  'agentId' | 'config' | 'timeoutSeconds' | 'retryCount' | 'retryPolicy'
> {
  readonly stepType: Compensation['stepType'];
  readonly when?: Compensation['when'] | null;
}

export interface CreateWorkflowInput {
  readonly name: string;
  readonly description?: string | null;
  readonly type?: WorkflowType | null;
  readonly status?: 'DRAFT' | 'ACTIVE' | 'ARCHIVED' | null;
  readonly inputSchema?: Record<string, unknown> | null;
  readonly config?: Record<string, unknown> | null;
  readonly contextMode?: ContextMode | null;
  readonly tags?: readonly string[] | null;
  readonly metadata?: Record<string, unknown> | null;
  readonly steps: readonly StepInput[];
}

export interface UpdateWorkflowInput extends Partial<Omit<CreateWorkflowInput, 'name' | 'steps' | 'status'>> {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly expectedRevision?: number | null;
  readonly name?: string | null;
  readonly steps?: readonly StepInput[] | null;
}

const int = (min: number, max: number) => {
  const message = `must be ${min} to ${max.toLocaleString('en')}`;
  return z.int(message).min(min, message).max(max, message);
};

const stepId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be a letter, then letters, digits or _, at most 64 in all');

const MAX_WAIT_SECONDS = 30 * 86_400;
const MAX_DELAY_MS = 86_400_000;
const MAX_CODES = 20;

const retryPolicy = z
  .object({
    initialDelayMs: int(100, MAX_DELAY_MS).nullish(),
    maxDelayMs: int(100, MAX_DELAY_MS).nullish(),
    multiplier: z.number().min(1, 'must be 1 to 10').max(10, 'must be 1 to 10').nullish(),
    nonRetryableErrors: z
      .array(z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'must be the code of an error, such as AGENT_FAILED'))
      .max(MAX_CODES, `must be at most ${MAX_CODES}`)
      .nullish(),
  })
  .superRefine(({ initialDelayMs, maxDelayMs }, { addIssue }) => {
    const first = initialDelayMs ?? DEFAULT_RETRY_POLICY.initialDelayMs;
    const last = maxDelayMs ?? DEFAULT_RETRY_POLICY.maxDelayMs;
    if (first <= last) return;
    addIssue({
      code: 'custom',
      message: `must be at least initialDelayMs (${first}), not ${last}`,
      path: ['maxDelayMs'],
    });
  });

const compensation = z.strictObject({
  stepType: z.enum(COMPENSATION_TYPES, `must be one of ${COMPENSATION_TYPES.join(', ')}`),
  agentId: id().nullish(),
  config: jsonObject({ maxBytes: MAX_BYTES }).nullish(),
  timeoutSeconds: int(1, 86_400).nullish(),
  retryCount: int(0, 10).nullish(),
  retryPolicy: retryPolicy.nullish(),
  when: z.enum(COMPENSATE_WHEN, `must be one of ${COMPENSATE_WHEN.join(', ')}`).nullish(),
});

const step = z.object({
  id: stepId,
  name: name({ max: 255 }).nullish(),
  agentId: id().nullish(),
  config: jsonObject({ maxBytes: MAX_BYTES }).nullish(),
  dependencies: z.array(z.string()).max(MAX_STEPS, `must be at most ${MAX_STEPS}`).nullish(),
  condition: text({ max: 2_000 }).nullish(),
  timeoutSeconds: int(1, 86_400).nullish(),
  retryCount: int(0, 10).nullish(),
  onFailure: z.array(z.string()).max(MAX_STEPS, `must be at most ${MAX_STEPS}`).nullish(),
  retryPolicy: retryPolicy.nullish(),
  waitTimeoutSeconds: int(1, MAX_WAIT_SECONDS).nullish(),
  compensation: compensation.nullish(),
});

/** Steps inside of a step are JSON: what GraphQL sees to for others is said here. */
const bodyStep = z.strictObject({
  ...step.shape,
  stepType: z.enum(STEP_TYPES, `must be one of ${STEP_TYPES.join(', ')}`),
  continueOnFailure: z.boolean('must be true or false').nullish(),
  onSkip: z.enum(ON_SKIP, `must be one of ${ON_SKIP.join(', ')}`).nullish(),
});

export const bodySteps = z
  .array(bodyStep, 'must be a list of steps')
  .min(1, 'must have at least one step')
  .max(MAX_STEPS, `must be at most ${MAX_STEPS}`);

const steps = z.array(step).min(1, 'must have at least one step').max(MAX_STEPS, `must be at most ${MAX_STEPS}`);
const details = {
  name: name({ min: 1, max: 255 }),
  description: text({ max: 10_000 }).nullish(),
  tags: tags().nullish(),
  metadata: metadata().nullish(),
};
const rest = {
  inputSchema: jsonObject({ maxBytes: MAX_BYTES }).nullish(),
  config: jsonObject({ maxBytes: MAX_BYTES }).nullish(),
};

const createShape = z.object({
  ...details,
  ...rest,
  status: z.enum(['DRAFT', 'ACTIVE'], 'must be DRAFT or ACTIVE').nullish(),
  steps,
});
const updateShape = z.object({
  ...details,
  ...rest,
  name: details.name.nullish(),
  steps: steps.nullish(),
});

export interface CheckedDetails {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly tags?: readonly string[] | null;
  readonly metadata?: Record<string, unknown> | null;
}

/** What is wrong with single values, and the tidied details when nothing is. */
export function checkValues(
  kind: 'create' | 'update',
  input: CreateWorkflowInput | UpdateWorkflowInput,
): { readonly problems: readonly WorkflowProblem[]; readonly details: CheckedDetails } {
  const result = (kind === 'create' ? createShape : updateShape).safeParse(input);
  if (result.success) return { problems: [], details: result.data };
  const problems = result.error.issues.map(({ path, message }): WorkflowProblem => {
    const empty = path.length === 1 && (path[0] === 'steps' || path[0] === 'name') && isEmpty(input[path[0]]);
    const place = path[0] === 'steps' ? path[1] : undefined;
    return {
      code: empty ? 'MISSING_VALUE' : 'INVALID_VALUE',
      path: formatPath(path),
      stepId: typeof place === 'number' ? (input.steps?.[place]?.id ?? null) : null,
      message,
    };
  });
  return { problems, details: {} };
}

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : typeof value !== 'string' || value.trim() === '';
