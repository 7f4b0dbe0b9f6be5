import { isDeepStrictEqual } from 'node:util';
import { diff, type PatchOperation } from '@flowmesh/platform/json-patch';
import { takeTurn } from '@flowmesh/platform/sandbox';
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

/** Of comparing two steps, in the measure of `takeTurn`: about a tenth of a millisecond. */
const WORK_OF_STEP = 200;

/** How the definition `to` differs from `from`; others have their turns meanwhile. */
export async function diffVersions(from: Numbered, to: Numbered): Promise<VersionDiff> {
  const before = new Map(from.definition.steps.map((step) => [step.id, step]));
  const after = new Map(to.definition.steps.map((step) => [step.id, step]));
  const steps: StepDiff[] = [];
  for (const step of to.definition.steps) {
    await takeTurn(WORK_OF_STEP);
    const found = await diffStep(before.get(step.id) ?? null, step);
    if (found) steps.push(found);
  }
  for (const step of from.definition.steps) {
    if (!after.has(step.id)) steps.push({ stepId: step.id, change: 'REMOVED', before: step, after: null, patch: [] });
  }
  await takeTurn(WORK_OF_STEP);
  const settings = await shortDiff(settingsOf(from.definition), settingsOf(to.definition));
  return { from: from.version, to: to.version, steps, settings };
}

async function diffStep(before: StepDefinition | null, after: StepDefinition): Promise<StepDiff | null> {
  const stepId = after.id;
  if (!before) return { stepId, change: 'ADDED', before, after, patch: [] };
  const patch = await shortDiff(fieldsOf(before), fieldsOf(after));
  return patch.length === 0 ? null : { stepId, change: 'CHANGED', before, after, patch };
}

async function shortDiff(before: Fields, after: Fields): Promise<PatchOperation[]> {
  const patch = await diff(before, after, MAX_OPERATIONS);
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
