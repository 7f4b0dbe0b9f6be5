import {
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type TypeNode,
} from 'graphql';

type Fill = (value: unknown) => unknown;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fill(type: GraphQLInputType, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (isNonNullType(type)) return fill(type.ofType, value);
  if (isListType(type)) return Array.isArray(value) ? value.map((item) => fill(type.ofType, item)) : value;
  if (!isInputObjectType(type) || !isObject(value)) return value;
  const filled = { ...value };
  for (const field of Object.values(type.getFields())) {
    const given = value[field.name];
    if (given !== undefined) filled[field.name] = fill(field.type, given);
    else if (field.defaultValue !== undefined) filled[field.name] = field.defaultValue;
  }
  return filled;
}

/**
 * Fills in the defaults of input fields that variables leave out. graphql-jit refuses a field such as
 * `force: Boolean! = false` when it is left out of a variable, though it may be.
 */
export function inputDefaults(
  schema: GraphQLSchema,
  document: DocumentNode,
): (variables: Readonly<Record<string, unknown>> | undefined) => Record<string, unknown> {
  const fills = new Map<string, Fill>();
  for (const definition of document.definitions) {
    if (definition.kind !== 'OperationDefinition') continue;
    for (const { variable, type } of definition.variableDefinitions ?? []) {
      const inputType = typeFromAST(schema, type as TypeNode) as GraphQLInputType | undefined;
      if (inputType) fills.set(variable.name.value, (value) => fill(inputType, value));
    }
  }
  return (variables) => {
    const filled: Record<string, unknown> = { ...variables };
    for (const [name, complete] of fills) if (name in filled) filled[name] = complete(filled[name]);
    return filled;
  };
}
