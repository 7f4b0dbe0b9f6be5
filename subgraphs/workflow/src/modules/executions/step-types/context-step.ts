import { jsonValue, name, storageProblem } from '@flowmesh/platform/validation';
import { Pointer } from 'rfc6902';
import { z } from 'zod';
import type { StepDefinition } from '../engine/definition.ts';
import { rememberShape } from './remember.ts';
import { requireScope } from './require-scope.ts';
import { StepFailure, type StepRun, type StepType } from './step-type.ts';
import { expressionsIn, filled, hasMisplaced, MAX_PLACEHOLDERS, MISPLACED } from './templates.ts';

const MAX_VALUE_BYTES = 1_048_576;

const layer = name({ min: 1, max: 100 });
const key = z.string().min(1, 'must not be empty').max(255, 'must have at most 255 characters');
/** An id, or an expression for it. */
const contextId = z.string().min(1, 'must not be empty').max(10_000, 'must have at most 10,000 characters').optional();
const value = jsonValue({ maxBytes: MAX_VALUE_BYTES })
  .refine((given) => expressionsIn(given, '').length <= MAX_PLACEHOLDERS, {
    message: `must have at most ${MAX_PLACEHOLDERS} expressions`,
  })
  .refine((given) => !hasMisplaced(given), { message: MISPLACED });
const pointer = z
  .string()
  .max(1_000, 'must have at most 1,000 characters')
  .regex(/^(?:\/(?:[^~/]|~[01])*)*$/, 'must be a JSON Pointer (RFC 6901), e.g. /customer/name');

const config = z.discriminatedUnion(
  'action',
  [
    z.strictObject({
      action: z.literal('READ'),
      contextId,
      layer: layer.optional(),
      pointer: pointer.optional(),
      remember: rememberShape.optional(),
    }),
    z.strictObject({ action: z.literal('WRITE'), contextId, layer, key, value }),
    z.strictObject({ action: z.literal('MERGE'), contextId, layer, patch: value }),
    z.strictObject({ action: z.literal('REMOVE'), contextId, layer, key }),
  ],
  'must be READ, WRITE, MERGE or REMOVE',
);

type Config = z.output<typeof config>;
type Write = Exclude<Config, { readonly action: 'READ' }>;

/** Whether the step writes into the context of the execution. */
export function writesContext({ stepType, config: given }: Pick<StepDefinition, 'stepType' | 'config'>): boolean {
  if (stepType !== 'CONTEXT') return false;
  const { data } = config.safeParse(given);
  return data !== undefined && data.action !== 'READ' && data.contextId === undefined;
}

/**
 * Reads or writes a context: that of the execution, at the version of the step, or the one that is named. A write is done once
 * for each run of the step, however many attempts that takes.
 */
export const contextStep: StepType = {
  needsAgent: false,
  config,
  expressions: (given) => expressionsIn(dynamicOf(config.parse(given)), ''),
  async run(run) {
    const settings = config.parse(run.step.config);
    requireScope(await run.rights(), settings.action === 'READ' ? 'context:read' : 'context:write');
    const dynamic = (await filled(dynamicOf(settings), '', run)) as Dynamic;
    return settings.action === 'READ' ? read(settings, dynamic, run) : write(settings, dynamic, run);
  },
};

/** What may depend on the execution. */
interface Dynamic {
  readonly contextId?: unknown;
  readonly value?: unknown;
  readonly patch?: unknown;
}

function dynamicOf(settings: Config): Dynamic {
  const { contextId: id } = settings;
  return {
    ...(id === undefined ? {} : { contextId: id }),
    ...('value' in settings ? { value: settings.value } : {}),
    ...('patch' in settings ? { patch: settings.patch } : {}),
  };
}

async function read(settings: Extract<Config, { readonly action: 'READ' }>, dynamic: Dynamic, run: StepRun) {
  const own = settings.contextId === undefined ? await run.context() : null;
  const id = own?.contextId ?? namedBy(dynamic, settings);
  const { contexts } = run;
  const contextUser = await run.contextUser();
  const version = own?.contextVersion ?? null;
  const found =
    settings.layer === undefined
      ? await contexts.read(contextUser, id, version)
      : await contexts.readLayer(contextUser, id, version, settings.layer);
  const at = settings.pointer === undefined ? found.value : valueAt(found.value, settings.pointer);
  const result = { contextId: id, version: found.version, value: at ?? null };
  return { kind: 'completed', result } as const;
}

/** Null where nothing is: only what the value holds itself counts, not what every object of JavaScript has. */
function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const token of Pointer.fromJSON(pointer).tokens.slice(1)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, token)) return null;
    // An array has also a length of its own.
    if (Array.isArray(at) && !/^\d+$/.test(token)) return null;
    at = (at as Readonly<Record<string, unknown>>)[token];
  }
  return at;
}

async function write(settings: Write, dynamic: Dynamic, run: StepRun) {
  const own = settings.contextId === undefined ? await run.context() : null;
  const id = own?.contextId ?? namedBy(dynamic, settings);
  const { execution, step } = run;
  const version = await run.contexts.merge(await run.contextUser(), {
    contextId: id,
    layerType: settings.layer,
    mergePatch: patchOf(settings, dynamic),
    replace: settings.action !== 'MERGE',
    idempotencyKey: `${execution.id}:${step.id}:${run.key.generation}`,
    reason: `Step ${step.id} in the execution ${execution.id} of the workflow ${execution.workflowId}.`,
  });
  const result = { contextId: id, version };
  return { kind: 'completed', result, ...(own ? { contextWritten: version } : {}) } as const;
}

function patchOf(settings: Write, dynamic: Dynamic): Readonly<Record<string, unknown>> {
  if (settings.action === 'REMOVE') return { [settings.key]: null };
  if (settings.action === 'WRITE') return { [settings.key]: dynamic.value ?? null };
  const { patch } = dynamic;
  if (typeof patch === 'object' && patch !== null && !Array.isArray(patch)) return patch as Record<string, unknown>;
  throw new StepFailure('EXPRESSION', 'patch: the result is not an object', false);
}

function namedBy({ contextId: id }: Dynamic, { contextId: given }: Config): string {
  const problem = storageProblem(id);
  if (problem) throw new StepFailure('EXPRESSION', `contextId: the result ${problem}`, false);
  if (typeof id === 'string' && id !== '') return id;
  if (given === undefined) throw new StepFailure('CONTEXT_NOT_FOUND', 'The execution has no context.', false);
  throw new StepFailure('EXPRESSION', 'contextId: the result is not the id of a context', false);
}
