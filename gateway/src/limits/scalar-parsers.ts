import { GraphQLError, isScalarType, type GraphQLSchema, type GraphQLScalarType } from 'graphql';
import { PublicError } from '@flowmesh/platform/errors';
import { SHARED_SCALARS } from '@flowmesh/platform/graphql';

/** The message for a refused scalar value, if the scalar has none of its own. */
const WANTED: Readonly<Record<string, string>> = {
  DateTime: 'must be a time such as "2026-01-31T12:00:00Z"',
  JSONObject: 'must be a JSON object such as {"key": "value"}',
};

/**
 * Gives the scalars of a schema that was composed from SDL the input checks of the subgraphs' scalars, so that invalid
 * values are refused before any subgraph is called. Results are not converted, because they are JSON already. Modifies
 * the schema.
 */
export function addScalarParsers(schema: GraphQLSchema): void {
  for (const scalar of Object.values(SHARED_SCALARS)) {
    const own = schema.getType(scalar.name);
    if (isScalarType(own)) addParsers(own, scalar);
  }
}

function addParsers(own: GraphQLScalarType, scalar: GraphQLScalarType): void {
  const wanted = WANTED[scalar.name];
  own.parseValue = (value) => {
    try {
      return scalar.parseValue(value);
    } catch (error) {
      throw wanted === undefined ? error : new GraphQLError(wanted);
    }
  };
  own.parseLiteral = (node, variables) => {
    try {
      return scalar.parseLiteral(node, variables);
    } catch (error) {
      // Our own scalars name the part of the literal.
      throw wanted === undefined || error instanceof PublicError
        ? error
        : new GraphQLError(`A ${scalar.name} ${wanted}.`, { nodes: node });
    }
  };
}
