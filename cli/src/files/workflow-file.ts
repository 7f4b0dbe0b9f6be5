import { stringify } from 'yaml';
import { FILE_SCHEMAS } from '../__generated__/file-schemas.ts';
import { replaced } from './agent-names.ts';

type Fields = Readonly<Record<string, unknown>>;
type Step = Fields & { readonly id: string; readonly dependencies?: readonly string[] };

/** A workflow as the graph shows it, as a file has it: without what is the default, agents by their names. */
export function toWorkflowFile(workflow: Fields, nameOfAgent: (id: string) => string | null): Fields {
  const { steps, ...rest } = workflow;
  const sequential = workflow['type'] === 'SEQUENTIAL';
  const short = (steps as Step[]).map((step, at) => {
    const before = sequential && at > 0 ? [(steps as Step[])[at - 1]?.id] : [];
    const implied = JSON.stringify(step.dependencies) === JSON.stringify(before);
    const { dependencies, ...others } = step;
    return withoutDefaults({ ...others, ...(implied ? {} : { dependencies }) }, 'WorkflowStepInput', step.id);
  });
  return {
    kind: 'Workflow',
    ...withoutDefaults(rest, null, null),
    steps: replaced(short, (step) => {
      const name = typeof step['agentId'] === 'string' ? nameOfAgent(step['agentId']) : null;
      if (name === null) return step;
      const { agentId: _agentId, ...others } = step;
      return { ...others, agent: name };
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

/** Leaves out what is empty, and what is the same when it is left out. */
function withoutDefaults(fields: Fields, definition: string | null, id: string | null): Fields {
  const schema = FILE_SCHEMAS.workflow as { properties: Properties; $defs: Record<string, { properties?: Properties }> };
  const known = definition === null ? schema.properties : (schema.$defs[definition]?.properties ?? {});
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => {
      if (value === null || value === undefined || isEmpty(value)) return false;
      if (name === 'name' && value === id) return false;
      return JSON.stringify(value) !== JSON.stringify(known[name]?.default);
    }),
  );
}

type Properties = Readonly<Record<string, { readonly default?: unknown }>>;

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
