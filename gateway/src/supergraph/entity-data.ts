import { isAbstractType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import { getResponseName, type FetchDataRewrite, type QueryPlanSelectionNode } from '@apollo/query-planner';

/** An object of the response, which grows while a plan is executed. */
export type ObjectData = Record<string, unknown>;

const FRAGMENT = '... on ';

export const isObjectData = (value: unknown): value is ObjectData =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Merges the data of another fetch into the same object; objects, and lists of equal length, are merged recursively.
 */
export function mergeData(target: ObjectData, source: ObjectData): void {
  for (const [key, value] of Object.entries(source)) {
    if (value !== undefined) target[key] = merged(target[key], value);
  }
}

function merged(present: unknown, value: unknown): unknown {
  if (isObjectData(present) && isObjectData(value)) {
    if (present !== value) mergeData(present, value);
    return present;
  }
  if (Array.isArray(present) && Array.isArray(value) && present.length === value.length) {
    return present.map((item, index) => merged(item, value[index]));
  }
  return value;
}

/**
 * The representation by which a subgraph identifies an entity; null if the entity is not of the type, or a required
 * value is missing. `missing: 'left out'`: missing values are omitted, without a check that a key remains.
 */
export function representationOf(
  schema: GraphQLSchema,
  entity: ObjectData,
  selections: readonly QueryPlanSelectionNode[],
  missing: 'left out' | 'no entity',
): ObjectData | null {
  const representation = select(schema, entity, selections, missing);
  return representation?.__typename === undefined ? null : representation;
}

function select(
  schema: GraphQLSchema,
  source: ObjectData,
  selections: readonly QueryPlanSelectionNode[],
  missing: 'left out' | 'no entity' = 'no entity',
): ObjectData | null {
  const result: ObjectData = {};
  for (const selection of selections) {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition } = selection;
      if (!typeCondition || !isOfType(schema, source, typeCondition)) continue;
      const part = select(schema, source, selection.selections, missing);
      if (part) mergeData(result, part);
      continue;
    }
    const name = getResponseName(selection);
    const value = source[name];
    if (value === undefined && missing === 'left out') continue;
    if (value === undefined) return null;
    const inner = selection.selections;
    result[name] = inner ? selectEach(schema, value, inner) : value;
  }
  return result;
}

function selectEach(schema: GraphQLSchema, value: unknown, selections: readonly QueryPlanSelectionNode[]): unknown {
  if (Array.isArray(value)) return value.map((item) => selectEach(schema, item, selections));
  return isObjectData(value) ? select(schema, value, selections) : value;
}

/** Applies the planner's rewrites to data for or from a subgraph: renamed keys, types of interface objects. */
export function rewrite(schema: GraphQLSchema, rewrites: readonly FetchDataRewrite[] | undefined, data: unknown): void {
  for (const each of rewrites ?? []) {
    const last = each.path.at(-1);
    if (last === undefined) continue;
    forEachAt(schema, each.path.slice(0, -1), data, (object) => {
      if (each.kind === 'ValueSetter') object[last] = each.setValueTo as unknown;
      else if (object[last] !== undefined) {
        object[each.renameKeyTo] = object[last];
        object[last] = undefined;
      }
    });
  }
}

function forEachAt(
  schema: GraphQLSchema,
  path: readonly string[],
  value: unknown,
  change: (object: ObjectData) => void,
): void {
  if (Array.isArray(value)) {
    for (const item of value) forEachAt(schema, path, item, change);
    return;
  }
  if (!isObjectData(value)) return;
  const [first, ...rest] = path;
  if (first === undefined) change(value);
  else if (!first.startsWith(FRAGMENT)) forEachAt(schema, rest, value[first], change);
  else if (value.__typename === undefined || isOfType(schema, value, first.slice(FRAGMENT.length))) {
    forEachAt(schema, rest, value, change);
  }
}

function isOfType(schema: GraphQLSchema, { __typename: name }: ObjectData, condition: string): boolean {
  if (name === condition) return true;
  if (typeof name !== 'string') return false;
  const type = schema.getType(name);
  const conditional = schema.getType(condition);
  if (!isAbstractType(conditional) || !(isObjectType(type) || isInterfaceType(type))) return false;
  return schema.isSubType(conditional, type);
}
