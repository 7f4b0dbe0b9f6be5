import {
  getNamedType,
  getOperationAST,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../limits/fragments.ts';

type Types = ReadonlySet<GraphQLObjectType>;

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The most selections in the result; an operation within the limits of a request has at most 3,000. */
const MOST_SELECTIONS = 20_000;

/**
 * The same operation, which must only read data, without fragments on abstract types: each is expanded to every object
 * type that is possible there, or dropped if none is. Null if the result would be too large.
 */
export function withConcreteTypes(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string,
): DocumentNode | null {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return null;
  return new ConcreteSelections(schema, document).write(operation, root);
}

class ConcreteSelections {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private written = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
  ) {
    this.fragments = fragmentsOf(document);
  }

  write(operation: OperationDefinitionNode, root: GraphQLObjectType): DocumentNode | null {
    const selectionSet = this.selectionSet(operation.selectionSet, root, new Set([root]));
    if (this.written > MOST_SELECTIONS) return null;
    return { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }] };
  }

  /** `types`: the possible types of the object, given all surrounding fragments. */
  private selectionSet(set: SelectionSetNode, parent: GraphQLCompositeType, types: Types): SelectionSetNode {
    const selections = this.selections(set, parent, types);
    return { ...set, selections: selections.length > 0 ? selections : [TYPENAME] };
  }

  private selections({ selections }: SelectionSetNode, parent: GraphQLCompositeType, types: Types): SelectionNode[] {
    return selections.flatMap((selection): SelectionNode[] => {
      if (++this.written > MOST_SELECTIONS) return [];
      return selection.kind === Kind.FIELD ? [this.field(selection, parent)] : this.fragment(selection, parent, types);
    });
  }

  private field(node: FieldNode, parent: GraphQLCompositeType): FieldNode {
    if (!node.selectionSet) return node;
    const type = this.typeOfField(parent, node.name.value);
    if (!isCompositeType(type)) return node;
    return { ...node, selectionSet: this.selectionSet(node.selectionSet, type, this.typesOf(type)) };
  }

  private typeOfField(parent: GraphQLCompositeType, name: string) {
    const field = 'getFields' in parent ? parent.getFields()[name] : undefined;
    return field && getNamedType(field.type);
  }

  private fragment(
    node: InlineFragmentNode | FragmentSpreadNode,
    parent: GraphQLCompositeType,
    types: Types,
  ): InlineFragmentNode[] {
    const { condition, selectionSet } = this.contentOf(node);
    const on = condition === undefined ? parent : this.schema.getType(condition);
    if (!selectionSet || !isCompositeType(on)) return [];
    const possible = this.typesOf(on);
    return [...types]
      .filter((type) => possible.has(type))
      .flatMap((type) => {
        const selections = this.selections(selectionSet, type, new Set([type]));
        if (selections.length === 0) return [];
        return [
          {
            kind: Kind.INLINE_FRAGMENT,
            typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
            directives: node.directives,
            selectionSet: { kind: Kind.SELECTION_SET, selections },
          } satisfies InlineFragmentNode,
        ];
      });
  }

  private contentOf(node: InlineFragmentNode | FragmentSpreadNode) {
    const content = node.kind === Kind.INLINE_FRAGMENT ? node : this.fragments.get(node.name.value);
    return { condition: content?.typeCondition?.name.value, selectionSet: content?.selectionSet };
  }

  private typesOf(type: GraphQLCompositeType): Types {
    return new Set(isAbstractType(type) ? this.schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []);
  }
}
