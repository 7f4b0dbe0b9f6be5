import {
  isNonNullType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { badInput } from '@flowmesh/platform/errors';
import type { KnownOperation } from './known-documents.ts';

/**
 * A nullable variable may be used in a non-null position if the variable or the position has a default. If it is null,
 * execution would fail there, with half of the work done. Returns the names of such variables of an operation.
 */
function variablesNotNull(schema: GraphQLSchema, { document, operation }: KnownOperation): ReadonlySet<string> {
  const candidates = nullable(operation);
  const found = new Set<string>();
  if (candidates.size === 0) return found;
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.OPERATION_DEFINITION]: (node) => (node === operation ? undefined : false),
      [Kind.VARIABLE_DEFINITION]: () => false,
      [Kind.VARIABLE]: ({ name }) => {
        if (candidates.has(name.value) && isNonNullType(types.getInputType())) found.add(name.value);
      },
    }),
  );
  return found;
}

function nullable({ variableDefinitions = [] }: OperationDefinitionNode): ReadonlySet<string> {
  return new Set(
    variableDefinitions
      .filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
      .map(({ variable }) => variable.name.value),
  );
}

/** Refuses null for a variable in a non-null position, before anything is executed. Throws BAD_USER_INPUT. */
export function createNullCheck(schema: GraphQLSchema) {
  const known = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>();
  return (named: KnownOperation, variables: Readonly<Record<string, unknown>>): void => {
    let names = known.get(named.operation);
    if (!names) known.set(named.operation, (names = variablesNotNull(schema, named)));
    for (const name of names) {
      if (variables[name] === null) throw badInput(name, 'must not be null here; leave it out to get its default');
    }
  };
}
