import { stringify } from 'yaml';
import { FILE_SCHEMAS } from '../__generated__/file-schemas.ts';
import { replaced } from './agent-names.ts';
import { without } from './without.ts';

type Fields = Readonly<Record<string, unknown>>;
type Step = Fields & {
  readonly id: string;
  readonly dependencies?: readonly string[];
  readonly onFailure?: readonly string[];
};

/** A workflow as the graph shows it, as a file has it: without what is the default, agents by their names. */
export function toWorkflowFile(workflow: Fields, nameOfAgent: (id: string) => string | null): Fields {
  const steps = workflow['steps'] as readonly Step[];
  const sequential = workflow['type'] === 'SEQUENTIAL';
  const caught = new Set(steps.flatMap(({ onFailure }) => onFailure ?? []));
  const short = steps.map((step, at) => {
    const implied = impliedOf(step, sequential ? steps[at - 1] : undefined, sequential, caught);
    return withoutDefaults(step, { ...defaultsOf('WorkflowStepInput'), name: step.id, ...implied });
  });
  return {
    kind: 'Workflow',
    ...withoutDefaults(without(workflow, 'steps'), defaultsOf(null)),
    steps: replaced(short, (step) => {
      const name = typeof step['agentId'] === 'string' ? nameOfAgent(step['agentId']) : null;
      return name === null ? step : { ...without(step, 'agentId'), agent: name };
    }),
  };
}

/** Ids of the agents of steps, of those inside of steps too. */
export function agentIdsOf(steps: unknown): string[] {
  const ids = new Set<string>();
  replaced(steps as Step[], (step) => {
    if (typeof step['agentId'] === 'string') ids.add(step['agentId']);
    return step;
  });
  return [...ids];
}

/** As text for people. */
export const toYaml = (file: Fields): string => stringify(file, { lineWidth: 100, aliasDuplicateObjects: false });

/** What a step has when it says nothing of it, by the type of the workflow. Steps for failures follow from `onFailure`. */
function impliedOf(step: Step, before: Step | undefined, sequential: boolean, caught: ReadonlySet<string>): Fields {
  const inLine = sequential && !caught.has(step.id);
  const onSkip = inLine ? 'CONTINUE' : 'SKIP_FOLLOWERS';
  // What stands before a step for failures, or behind one, is said in full.
  if (caught.has(step.id) || (before && caught.has(before.id))) return { onSkip };
  return { onSkip, dependencies: before ? [before.id] : [] };
}

interface Property {
  readonly default?: unknown;
  readonly $ref?: string;
}
type Properties = Readonly<Record<string, Property>>;
const SCHEMA = FILE_SCHEMAS.workflow as { properties: Properties; $defs: Record<string, { properties?: Properties }> };

/** The defaults of a definition of the schema, or of the whole; of objects, those of what is in them. */
function defaultsOf(definition: string | null): Fields {
  const properties = definition === null ? SCHEMA.properties : (SCHEMA.$defs[definition]?.properties ?? {});
  return Object.fromEntries(
    Object.entries(properties).map(([name, { default: value, $ref }]) => {
      const inner = $ref === undefined ? {} : defaultsOf($ref.slice('#/$defs/'.length));
      return [name, value ?? (Object.keys(inner).length > 0 ? inner : undefined)];
    }),
  );
}

/** Leaves out what is empty, and what is the same when it is left out. */
function withoutDefaults(fields: Fields, defaults: Fields): Fields {
  const kept: [string, unknown][] = [];
  for (const [name, given] of Object.entries(fields)) {
    const standard = defaults[name];
    const value = isObject(given) && isObject(standard) ? withoutDefaults(given, standard) : given;
    // No dependencies are said where others would be implied.
    const says = name === 'dependencies' || (value !== null && !isEmpty(value));
    if (says && JSON.stringify(value) !== JSON.stringify(standard)) kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
