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

/** Response key of the cursor that the gateway requests, whether or not the client does. */
const KEY = 'flowmeshCursor';

/** How to read the position of each message of a stream. */
export interface StreamCursor {
  /** The operation for the subgraph, with the cursor added. */
  readonly query: string;
  cursorOf(event: ExecutionResult): string | null;
}

/**
 * By convention the messages of every stream have a `cursor`, and resuming after equal cursors gives equal messages.
 * Null if this stream has none.
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
 * Name of the variable that is the cursor of the subscription, if it has no other use. Subscribers whose variables
 * differ only in it receive the same events from different start positions, and can share a stream.
 */
export function startVariable(document: DocumentNode, operation: OperationDefinitionNode): string | undefined {
  const [field] = operation.selectionSet.selections;
  if (field?.kind !== Kind.FIELD) return undefined;
  const after = field.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (after?.kind !== Kind.VARIABLE) return undefined;
  let uses = 0;
  // The variable definition counts as one use.
  visit(document, { [Kind.VARIABLE]: ({ name }) => void (name.value === after.name.value && uses++) });
  return uses === 2 ? after.name.value : undefined;
}
