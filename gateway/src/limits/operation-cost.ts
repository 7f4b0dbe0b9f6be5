import {
  getNamedType,
  isCompositeType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { badInput } from '@flowmesh/platform/errors';
import { LIMITS } from '../gateway-config.ts';

/** What `@cost` and `@listSize` of the supergraph say of a field (IBM cost directive specification). */
interface FieldCost {
  readonly weight: number | undefined;
  readonly assumedSize: number | undefined;
  readonly slicingArguments: readonly string[];
  /** Fields below that have the size; the field itself when empty. */
  readonly sizedFields: readonly string[];
}

export type OperationCost = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
) => number;

const DEFAULT_PAGE = 20;

function readCosts(supergraph: DocumentNode): ReadonlyMap<string, FieldCost> {
  const costs = new Map<string, FieldCost>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) {
      const find = (name: string) => field.directives?.find((directive) => directive.name.value === name)?.arguments;
      const [cost, list] = [find('cost'), find('listSize')];
      if (!cost && !list) continue;
      const valueOf = (from: typeof cost, name: string) =>
        from?.find((argument) => argument.name.value === name)?.value;
      costs.set(`${definition.name.value}.${field.name.value}`, {
        weight: numberOf(valueOf(cost, 'weight')),
        assumedSize: numberOf(valueOf(list, 'assumedSize')),
        slicingArguments: stringsOf(valueOf(list, 'slicingArguments')),
        sizedFields: stringsOf(valueOf(list, 'sizedFields')),
      });
    }
  }
  return costs;
}

function numberOf(value: ValueNode | undefined): number | undefined {
  return value && (value.kind === Kind.INT || value.kind === Kind.FLOAT || value.kind === Kind.STRING)
    ? Number(value.value)
    : undefined;
}

function stringsOf(value: ValueNode | undefined): string[] {
  if (value?.kind !== Kind.LIST) return [];
  return value.values.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : []));
}

/** Estimates how many objects an operation can make: each costs 1 (or its `@cost`), lists count by their page size. */
export function createOperationCost(schema: GraphQLSchema, supergraph: DocumentNode): OperationCost {
  const costs = readCosts(supergraph);

  return (document, operation, variables) => {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    const root = schema.getRootType(operation.operation);
    return root ? costOf(operation.selectionSet, root, new Map()) : 0;

    function costOf(set: SelectionSetNode, type: GraphQLNamedType, sized: ReadonlyMap<string, number>): number {
      let total = 0;
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) {
          total += fieldCost(selection, type, sized);
        } else {
          const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
          const condition = inner?.typeCondition?.name.value;
          const innerType = condition === undefined ? type : schema.getType(condition);
          if (inner && innerType) total += costOf(inner.selectionSet, innerType, sized);
        }
        // Beyond the limit the exact figure does not matter, and adding must not take longer than executing.
        if (total > LIMITS.cost) return total;
      }
      return total;
    }

    function fieldCost(field: FieldNode, parent: GraphQLNamedType, sized: ReadonlyMap<string, number>): number {
      const definition = 'getFields' in parent ? parent.getFields()[field.name.value] : undefined;
      if (!definition || field.name.value.startsWith('__')) return 0;
      const type = getNamedType(definition.type);
      const cost = costs.get(`${parent.name}.${field.name.value}`);
      const weight = cost?.weight ?? (isCompositeType(type) ? 1 : 0);
      const size = cost ? sizeOf(field, cost) : undefined;
      const below = size !== undefined && cost ? new Map(cost.sizedFields.map((name) => [name, size])) : new Map();
      const own = sized.get(field.name.value) ?? (size !== undefined && cost?.sizedFields.length === 0 ? size : 1);
      const inner = field.selectionSet ? costOf(field.selectionSet, type, below) : 0;
      return own * (weight + inner);
    }

    function sizeOf(field: FieldNode, cost: FieldCost): number | undefined {
      for (const name of cost.slicingArguments) {
        const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
        if (value?.kind === Kind.INT) return Number(value.value);
        if (value?.kind !== Kind.VARIABLE) continue;
        const given = variables[value.name.value] ?? defaultOf(operation, value.name.value);
        if (typeof given === 'number') return given;
      }
      return cost.assumedSize ?? (cost.slicingArguments.length > 0 ? DEFAULT_PAGE : undefined);
    }
  };
}

function defaultOf(operation: OperationDefinitionNode, name: string): number | undefined {
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  return numberOf(definition?.defaultValue);
}

export function assertCost(cost: number): void {
  if (cost > LIMITS.cost) {
    throw badInput('query', `could produce more than ${LIMITS.cost} objects; ask for smaller pages or fewer levels`);
  }
}
