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

/** One operation of a client in the forms that planning, answering and introspection need. */
export interface ClientOperation {
  /** Without introspection, and without names that the planner's own could be confused with. */
  readonly planned: DocumentNode;
  /** Has `__typename` in place of introspection, and only variables that conditions may use. */
  readonly shaped: DocumentNode;
  /** Only the fields `__schema` and `__type`; null when there are none. */
  readonly introspection: DocumentNode | null;
}

/** What the planner calls the list of entities it asks for. */
const REPRESENTATIONS = 'representations';
const MARK = '__client';
/** A variable has a second name, for conditions. */
const CONDITION = '__if';
/** Conditions take Booleans, and so does introspection, which asks for types by name. */
const SHAPING_TYPES: ReadonlySet<string> = new Set(['Boolean', 'String']);

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

const isIntrospection = ({ name }: FieldNode) => name.value === '__schema' || name.value === '__type';

/**
 * The name under which subgraphs are asked for a field. The planner adds keys and `__typename` by their own names, so a
 * client's alias that equals a field's name must become another one.
 */
export function plannedName(responseName: string, fieldName: string, fieldNames: ReadonlySet<string>): string {
  if (responseName === fieldName) return responseName;
  return fieldNames.has(responseName) || responseName.startsWith('__') ? responseName + MARK : responseName;
}

/** The client's name for a key of the merged data. */
export const clientName = <Key extends string | number>(key: Key): Key | string =>
  typeof key === 'string' && key.endsWith(MARK) ? key.slice(0, -MARK.length) : key;

/** Of a client's variable; no two of them have the same. */
const plannedVariable = (name: string): string =>
  name === REPRESENTATIONS || name.endsWith(MARK) || name.endsWith(CONDITION) ? name + MARK : name;

/**
 * The client's variables by the planner's names. A condition that is null is an error, which graphql-js finds as it
 * shapes the answer, at its place and only if it gets there; what the planner makes of it must not fail before.
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

/** The operation with the fragments it uses. */
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
 * The planner leaves a field out when conditions leave nothing of what is below it. It is to be executed all the same,
 * mutations above all.
 */
function neverEmpty(selections: readonly SelectionNode[]): readonly SelectionNode[] {
  const isCertain = (selection: SelectionNode) => selection.kind === Kind.FIELD && !selection.directives?.length;
  return selections.some(isCertain) ? selections : [...selections, TYPENAME];
}

/** Whether a constant condition holds. The planner (2.14) must not see them: beside other conditions it forgets them. */
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

/** What is left when all fields of the root but introspection go; a fragment of which nothing is left stays as its name. */
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
