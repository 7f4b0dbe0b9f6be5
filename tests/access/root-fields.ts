import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse, type FieldDefinitionNode, type ObjectTypeDefinitionNode } from 'graphql';
import { ROOT } from '../harness/test-config.ts';

type RootType = 'Query' | 'Mutation' | 'Subscription';

const supergraph = () => parse(readFileSync(join(ROOT, 'gateway/__generated__/supergraph.graphql'), 'utf8'));

/** The operations of one kind in the composed supergraph, as they are defined. */
export function fieldsOf(type: RootType): readonly FieldDefinitionNode[] {
  return supergraph()
    .definitions.filter(
      (definition): definition is ObjectTypeDefinitionNode =>
        definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === type,
    )
    .flatMap(({ fields = [] }) => fields);
}

/** Every operation of the composed supergraph, as `Mutation.registerAgent`. */
export function rootFields(): string[] {
  return (['Query', 'Mutation', 'Subscription'] as const)
    .flatMap((type) => fieldsOf(type).map((field) => `${type}.${field.name.value}`))
    .sort();
}
