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
 * A variable that may be null may stand where null may not, when it or that place has a default: executing would find
 * out when it is given null, with half of the work done. Gives the names of such variables of an operation.
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

/** Refuses null, before anything is executed, for a variable that stands where null may not. Throws BAD_USER_INPUT. */
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
