import type { Supergraph } from '@apollo/federation-internals';
import { Kind, parse } from 'graphql';

/** The fields of each key by which a subgraph identifies the entities of a type. */
export type EntityKeys = (subgraph: string, type: string) => readonly (readonly string[])[];

/** Reads them from the supergraph, where composition has recorded them as `@join__type(graph:, key:)`. */
export function entityKeys({ schema }: Supergraph): EntityKeys {
  const names = new Map<string, string>();
  const graphs = schema.enumTypes().find(({ name }) => name === 'join__Graph');
  for (const value of graphs?.values ?? []) {
    const name: unknown = value.appliedDirectivesOf('join__graph')[0]?.arguments().name;
    names.set(value.name, String(name));
  }
  const keys = new Map<string, string[][]>();
  for (const type of schema.types()) {
    for (const directive of type.appliedDirectivesOf('join__type')) {
      const { graph, key } = directive.arguments() as { graph: string; key?: string };
      if (key === undefined) continue;
      const place = `${names.get(graph)} ${type.name}`;
      keys.set(place, [...(keys.get(place) ?? []), fieldsOf(key)]);
    }
  }
  return (subgraph, type) => keys.get(`${subgraph} ${type}`) ?? [];
}

function fieldsOf(key: string): string[] {
  const [operation] = parse(`{ ${key} }`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return [];
  return operation.selectionSet.selections.flatMap((field) => (field.kind === Kind.FIELD ? [field.name.value] : []));
}
