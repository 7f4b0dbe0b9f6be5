import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse, type DocumentNode, type ObjectTypeDefinitionNode } from 'graphql';
import { ROOT } from '../harness/test-config.ts';

/** Every operation of the composed supergraph, as `Mutation.registerAgent`. */
export function rootFields(): string[] {
  const supergraph = parse(readFileSync(join(ROOT, 'gateway/__generated__/supergraph.graphql'), 'utf8'));
  return rootTypes(supergraph)
    .flatMap((type) => (type.fields ?? []).map((field) => `${type.name.value}.${field.name.value}`))
    .sort();
}

function rootTypes(document: DocumentNode): ObjectTypeDefinitionNode[] {
  return document.definitions.filter(
    (definition): definition is ObjectTypeDefinitionNode =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION &&
      ['Query', 'Mutation', 'Subscription'].includes(definition.name.value),
  );
}
