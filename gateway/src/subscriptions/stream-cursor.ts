import {
  getNamedType,
  isObjectType,
  Kind,
  parse,
  print,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

/** Response key under which the stream gives us its cursor, whether or not the client has asked for it. */
const KEY = 'flowmeshCursor';

/** How to know the place of each message of a stream. */
export interface StreamCursor {
  /** The operation for the subgraph, asking for the cursor too. */
  readonly query: string;
  cursorOf(event: ExecutionResult): string | null;
}

/**
 * By our convention the messages of every stream carry a `cursor`, and going on behind equal cursors gives equal
 * messages. Null when this stream has none.
 */
export function streamCursor(schema: GraphQLSchema, query: string): StreamCursor | null {
  const document = parse(query);
  const root = rootField(document);
  const type = root && getNamedType(schema.getSubscriptionType()?.getFields()[root.name.value]?.type);
  if (!root?.selectionSet || !isObjectType(type) || !type.getFields().cursor) return null;
  const cursor: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: KEY },
    name: { kind: Kind.NAME, value: 'cursor' },
  };
  const selectionSet = { ...root.selectionSet, selections: [...root.selectionSet.selections, cursor] };
  const withCursor = visit(document, {
    [Kind.FIELD]: (node) => (node === root ? { ...node, selectionSet } : false),
    [Kind.FRAGMENT_DEFINITION]: () => false,
  });
  const rootKey = root.alias?.value ?? root.name.value;
  return {
    query: print(withCursor),
    cursorOf({ data }) {
      const message = data?.[rootKey];
      const value = typeof message === 'object' && message !== null ? (message as Record<string, unknown>)[KEY] : null;
      return typeof value === 'string' ? value : null;
    },
  };
}

function rootField(document: DocumentNode): FieldNode | undefined {
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const [field] = (operation as OperationDefinitionNode | undefined)?.selectionSet.selections ?? [];
  return field?.kind === Kind.FIELD ? field : undefined;
}

/**
 * Name of the variable that is the cursor of the subscription, if it is used for nothing else. Subscribers whose variables
 * differ in it alone are sent the same events, only from different places on, and can share a stream.
 */
export function startVariable(document: DocumentNode, operation: OperationDefinitionNode): string | undefined {
  const [field] = operation.selectionSet.selections;
  if (field?.kind !== Kind.FIELD) return undefined;
  const after = field.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (after?.kind !== Kind.VARIABLE) return undefined;
  let uses = 0;
  // The definition of the variable counts as one use.
  visit(document, { [Kind.VARIABLE]: ({ name }) => void (name.value === after.name.value && uses++) });
  return uses === 2 ? after.name.value : undefined;
}
