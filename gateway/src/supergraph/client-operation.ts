import {
  getOperationAST,
  Kind,
  separateOperations,
  visit,
  type ArgumentNode,
  type ConstArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type VariableDefinitionNode,
  type VariableNode,
} from 'graphql';

/** One client operation in the forms that planning, response shaping and introspection need. */
export interface ClientOperation {
  /** Without introspection, and without names that could conflict with the planner's own. */
  readonly planned: DocumentNode;
  /** Has `__typename` in place of introspection, and only variables that conditions can use. */
  readonly shaped: DocumentNode;
  /** Only the fields `__schema` and `__type`; null if there are none. */
  readonly introspection: DocumentNode | null;
}

/** The planner's name for the variable with the representations of entities. */
const REPRESENTATIONS = 'representations';
const MARK = '__client';
/** The prefix of a variable's second name, for conditions. */
const CONDITION = '__if';
/** Types of variables that conditions (Boolean) and introspection (type names) can use. */
const SHAPING_TYPES: ReadonlySet<string> = new Set(['Boolean', 'String']);

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

const isIntrospection = ({ name }: FieldNode) => name.value === '__schema' || name.value === '__type';

/**
 * The response key of a field in subgraph operations. The planner adds keys and `__typename` under their own names, so
 * a client's alias that equals a field name must be renamed.
 */
export function plannedName(responseName: string, fieldName: string, fieldNames: ReadonlySet<string>): string {
  if (responseName === fieldName) return responseName;
  return fieldNames.has(responseName) || responseName.startsWith('__') ? responseName + MARK : responseName;
}

/** The client's response key for a key of the merged data. */
export const clientName = <Key extends string | number>(key: Key): Key | string =>
  typeof key === 'string' && key.endsWith(MARK) ? key.slice(0, -MARK.length) : key;

/** The planner's name for a client's variable; unique per variable. */
const plannedVariable = (name: string): string =>
  name === REPRESENTATIONS || name.endsWith(MARK) || name.endsWith(CONDITION) ? name + MARK : name;

/**
 * The client's variables by the planner's names. A null condition is an error, which graphql-js reports while it shapes
 * the response, at the right place and only if that place is reached; the plan must not fail before.
 */
export function plannedVariables(variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const planned: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(variables)) {
    const known = plannedVariable(name);
    planned[known] = value;
    if (value === null || typeof value === 'boolean') planned[known + CONDITION] = value ?? false;
  }
  return planned;
}

export function readClientOperation(
  document: DocumentNode,
  operationName: string | undefined,
  fieldNames: ReadonlySet<string>,
): ClientOperation {
  let introspects = false;
  const withPlaces = visit(document, {
    Field(node) {
      if (!isIntrospection(node)) return undefined;
      introspects = true;
      const alias = node.alias ?? node.name;
      return { ...node, alias, name: { ...node.name, value: '__typename' }, arguments: [], selectionSet: undefined };
    },
  });
  const own = onlyOperation(withPlaces, operationName);
  return {
    planned: withPlannedNames(own, fieldNames),
    shaped: withVariables(own, (variable) => SHAPING_TYPES.has(namedTypeOf(variable))),
    introspection: introspects ? onlyIntrospection(onlyOperation(document, operationName)) : null,
  };
}

/** The operation with its used fragments. */
function onlyOperation(document: DocumentNode, operationName: string | undefined): DocumentNode {
  const name = getOperationAST(document, operationName)?.name?.value ?? '';
  const own = separateOperations(document)[name];
  if (!own) throw new Error('the operation is not in the document');
  return own;
}

function withPlannedNames(document: DocumentNode, fieldNames: ReadonlySet<string>): DocumentNode {
  return visit(document, {
    Field(node): FieldNode {
      const { alias, selectionSet } = node;
      const name = alias && plannedName(alias.value, node.name.value, fieldNames);
      return {
        ...node,
        alias: alias && { ...alias, value: name ?? alias.value },
        selectionSet: selectionSet && { ...selectionSet, selections: neverEmpty(selectionSet.selections) },
      };
    },
    SelectionSet(node) {
      const selections = node.selections.filter(isPossible).map(withoutConstantConditions);
      return { ...node, selections: selections.length > 0 ? selections : [TYPENAME] };
    },
    Variable(node) {
      return named(node, plannedVariable(node.name.value));
    },
    Directive: {
      leave: (node) => ({ ...node, arguments: node.arguments?.map(withConditionVariable) }),
    },
    OperationDefinition: {
      leave: (node): OperationDefinitionNode => ({
        ...node,
        variableDefinitions: node.variableDefinitions?.flatMap((definition) => [
          definition,
          ...(namedTypeOf(definition) === 'Boolean' ? [conditionDefinition(definition)] : []),
        ]),
      }),
    },
  });
}

function withConditionVariable(argument: ConstArgumentNode | ArgumentNode): ArgumentNode {
  const { value } = argument as ArgumentNode;
  if (value.kind !== Kind.VARIABLE) return argument;
  return { ...argument, value: named(value, value.name.value + CONDITION) };
}

const conditionDefinition = ({ variable }: VariableDefinitionNode): VariableDefinitionNode => ({
  kind: Kind.VARIABLE_DEFINITION,
  variable: named(variable, variable.name.value + CONDITION),
  type: {
    kind: Kind.NON_NULL_TYPE,
    type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'Boolean' } },
  },
});

const named = (node: VariableNode, value: string): VariableNode => ({ ...node, name: { ...node.name, value } });

/**
 * The planner drops a field if conditions exclude its whole selection. It must be executed all the same, above all
 * mutations.
 */
function neverEmpty(selections: readonly SelectionNode[]): readonly SelectionNode[] {
  const isCertain = (selection: SelectionNode) => selection.kind === Kind.FIELD && !selection.directives?.length;
  return selections.some(isCertain) ? selections : [...selections, TYPENAME];
}

/**
 * Whether a constant condition is met. The planner (2.14) must not see constant conditions: beside other conditions it
 * ignores them.
 */
const constantOf = ({ name, arguments: [condition] = [] }: DirectiveNode): boolean | undefined => {
  if (condition?.value.kind !== Kind.BOOLEAN) return undefined;
  return name.value === 'skip' ? !condition.value.value : condition.value.value;
};

const isPossible = ({ directives = [] }: SelectionNode) =>
  !directives.some((directive) => constantOf(directive) === false);

const withoutConstantConditions = (selection: SelectionNode): SelectionNode => ({
  ...selection,
  directives: selection.directives?.filter((directive) => constantOf(directive) === undefined),
});

function withVariables(document: DocumentNode, keep: (variable: VariableDefinitionNode) => boolean): DocumentNode {
  return visit(document, {
    OperationDefinition: {
      leave: (node): OperationDefinitionNode => ({
        ...node,
        variableDefinitions: node.variableDefinitions?.filter(keep),
      }),
    },
  });
}

function namedTypeOf({ type }: VariableDefinitionNode): string {
  const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  return named.kind === Kind.NAMED_TYPE ? named.name.value : '';
}

/** The operation with only introspection at the root; a fragment without any becomes `__typename`. */
function onlyIntrospection(document: DocumentNode): DocumentNode {
  return withVariables(
    visit(document, {
      FragmentDefinition: (node) => (node.typeCondition.name.value.startsWith('__') ? false : undefined),
      Field(node) {
        if (isIntrospection(node)) return false;
        return null;
      },
      SelectionSet: {
        leave: (node) => (node.selections.length > 0 ? undefined : { ...node, selections: [TYPENAME] }),
      },
    }),
    (variable) => SHAPING_TYPES.has(namedTypeOf(variable)),
  );
}
