import { GraphQLScalarType, Kind, print, type ObjectValueNode, type ValueNode } from 'graphql';
import { JSONObjectResolver, JSONResolver } from 'graphql-scalars';
import { badInput } from '../errors/index.ts';
import { inexactNumber, isKeptExactly } from '../json/index.ts';
import { formatPath } from '../validation/index.ts';

type Variables = Readonly<Record<string, unknown>> | null | undefined;
type Path = readonly (string | number)[];

/** Lists and objects within one another in a literal. */
const MAX_DEPTH = 100;

/** The literal's own place; what is around it is told by the error's location. */
const refused = (path: Path, message: string) => badInput(path.length > 0 ? formatPath(path) : 'value', message);

/**
 * The JSON value of a literal with its variables put in. As in input objects, a key whose variable is absent is left
 * out, and in a list it is null. Throws `badInput` for numbers that JavaScript cannot hold and for endless nesting.
 */
function literalValue(node: ValueNode, variables: Variables, path: Path): unknown {
  if (path.length > MAX_DEPTH) throw refused([], `is nested more than ${MAX_DEPTH} deep`);
  switch (node.kind) {
    case Kind.INT:
    case Kind.FLOAT:
      if (!isKeptExactly(node.value)) throw refused(path, inexactNumber(node.value));
      return Number(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.ENUM:
      throw refused(path, `${node.value} is no JSON value; write it in quotes to send it as a string`);
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.LIST:
      return node.values.map((item, at) => literalValue(item, variables, [...path, at]) ?? null);
    case Kind.OBJECT:
      return objectValue(node, variables, path);
  }
}

function objectValue(node: ObjectValueNode, variables: Variables, path: Path): Record<string, unknown> {
  const entries = node.fields.map(({ name, value }): [string, unknown] => [
    name.value,
    literalValue(value, variables, [...path, name.value]),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Any JSON value. */
export const JSONScalar = new GraphQLScalarType({
  ...JSONResolver.toConfig(),
  parseLiteral: (node, variables) => literalValue(node, variables, []),
});

const notAnObject = (shown: string) => badInput('value', `must be a JSON object, not ${shown.slice(0, 100)}`);

/** A JSON object. */
export const JSONObjectScalar = new GraphQLScalarType<unknown, unknown>({
  ...JSONObjectResolver.toConfig(),
  parseValue: (value) => {
    if (typeof value !== 'object' || value === null) throw notAnObject(value === null ? 'null' : `a ${typeof value}`);
    if (Array.isArray(value)) throw notAnObject('a list');
    return value;
  },
  parseLiteral: (node, variables) => {
    if (node.kind !== Kind.OBJECT) throw notAnObject(print(node));
    return objectValue(node, variables, []);
  },
});
