import {
  getDirectiveValues,
  getOperationAST,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/**
 * The root fields to execute, by response key, in the order of the response (CollectFields of the specification).
 * Throws a GraphQLError if a condition has no value.
 */
export function rootFields(
  document: DocumentNode,
  operationName: string | undefined,
  variables: Variables,
): Map<string, FieldNode[]> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const fields = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      // Conditions of a fragment that was already visited are not evaluated.
      if (selection.kind === Kind.FRAGMENT_SPREAD && spread.has(selection.name.value)) continue;
      if (!isIncluded(selection, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        fields.set(name, [...(fields.get(name) ?? []), selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  const operation = getOperationAST(document, operationName);
  if (operation) collect(operation.selectionSet);
  return fields;
}

/** The reason why graphql-js would not start: a condition at the root without a value. */
export function refusalAtRoot(...operation: Parameters<typeof rootFields>): GraphQLError | null {
  try {
    rootFields(...operation);
    return null;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function isIncluded(selection: SelectionNode, variables: Variables): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, selection, { ...variables })?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, { ...variables })?.if !== false;
}

/** The document with only these fields at the root of its operation. */
export function withRootFields(
  document: DocumentNode,
  operationName: string | undefined,
  fields: readonly FieldNode[],
): DocumentNode {
  const operation = getOperationAST(document, operationName);
  const definitions = document.definitions.map((definition) =>
    definition === operation
      ? { ...operation, selectionSet: { ...operation.selectionSet, selections: fields } }
      : definition,
  );
  return { ...document, definitions };
}
