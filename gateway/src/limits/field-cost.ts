import { Kind, type ConstArgumentNode, type ConstValueNode, type DocumentNode } from 'graphql';

/** Values of `@cost` and `@listSize` of a field in the supergraph (IBM cost directive specification). */
export interface FieldCost {
  readonly weight: number | undefined;
  readonly assumedSize: number | undefined;
  readonly slicingArguments: readonly string[];
  /** The nested fields that have the size; if empty, the field itself. */
  readonly sizedFields: readonly string[];
}

/** By the coordinate of the field, `Type.field`. */
export function readFieldCosts(supergraph: DocumentNode): ReadonlyMap<string, FieldCost> {
  const costs = new Map<string, FieldCost>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) {
      const find = (name: string) => field.directives?.find((directive) => directive.name.value === name)?.arguments;
      const [cost, list] = [find('cost'), find('listSize')];
      if (!cost && !list) continue;
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

function valueOf(from: readonly ConstArgumentNode[] | undefined, name: string): ConstValueNode | undefined {
  return from?.find((argument) => argument.name.value === name)?.value;
}

function numberOf(value: ConstValueNode | undefined): number | undefined {
  return value && (value.kind === Kind.INT || value.kind === Kind.FLOAT || value.kind === Kind.STRING)
    ? Number(value.value)
    : undefined;
}

function stringsOf(value: ConstValueNode | undefined): string[] {
  if (value?.kind !== Kind.LIST) return [];
  return value.values.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : []));
}
