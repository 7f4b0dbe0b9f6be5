import { isDeepStrictEqual } from 'node:util';
import { diff, type PatchOperation } from '@flowmesh/platform/json-patch';
import type { StepDefinition } from '../executions/engine/definition.ts';
import type { DefinitionValues } from '../workflows/workflow-record.ts';

export interface StepDiff {
  readonly stepId: string;
  readonly change: 'ADDED' | 'REMOVED' | 'CHANGED';
  readonly before: StepDefinition | null;
  readonly after: StepDefinition | null;
  readonly patch: PatchOperation[];
}

export interface VersionDiff {
  readonly from: number;
  readonly to: number;
  readonly steps: StepDiff[];
  readonly settings: PatchOperation[];
}

interface Numbered {
  readonly version: number;
  readonly definition: DefinitionValues;
}

type Fields = Readonly<Record<string, unknown>>;

/** Longer patches are not worth reading. */
const MAX_OPERATIONS = 100;

/** How the definition `to` differs from `from`. */
export function diffVersions(from: Numbered, to: Numbered): VersionDiff {
  const before = new Map(from.definition.steps.map((step) => [step.id, step]));
  const after = new Map(to.definition.steps.map((step) => [step.id, step]));
  return {
    from: from.version,
    to: to.version,
    steps: [
      ...to.definition.steps.flatMap((step) => diffStep(before.get(step.id) ?? null, step) ?? []),
      ...from.definition.steps.flatMap((step) => (after.has(step.id) ? [] : (diffStep(step, null) ?? []))),
    ],
    settings: shortDiff(settingsOf(from.definition), settingsOf(to.definition)),
  };
}

function diffStep(before: StepDefinition | null, after: StepDefinition | null): StepDiff | null {
  const stepId = (after ?? before)?.id ?? '';
  if (!before) return { stepId, change: 'ADDED', before, after, patch: [] };
  if (!after) return { stepId, change: 'REMOVED', before, after, patch: [] };
  const patch = shortDiff(fieldsOf(before), fieldsOf(after));
  return patch.length === 0 ? null : { stepId, change: 'CHANGED', before, after, patch };
}

function shortDiff(before: Fields, after: Fields): PatchOperation[] {
  const patch = diff(before, after);
  if (patch.length <= MAX_OPERATIONS) return patch;
  return Object.keys(after).flatMap((key): PatchOperation[] =>
    isDeepStrictEqual(before[key], after[key]) ? [] : [{ op: 'REPLACE', path: `/${key}`, value: after[key] }],
  );
}

const settingsOf = ({ type, inputSchema, config, contextMode }: DefinitionValues): Fields => {
  return { type, inputSchema, config, contextMode };
};

/** The order of the steps means nothing to executions. */
export const fieldsOf = (step: StepDefinition): Fields =>
  Object.fromEntries(Object.entries(step).filter(([field]) => field !== 'position'));
