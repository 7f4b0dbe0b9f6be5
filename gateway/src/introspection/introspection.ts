import { setImmediate } from 'node:timers/promises';
import {
  assertValidSchema,
  execute,
  Kind,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { hasScope, type Viewer } from '@flowmesh/platform/access';
import { forbidden, unauthenticated } from '@flowmesh/platform/errors';
import { LRUCache } from 'lru-cache';
import { fragmentsOf } from '../limits/fragments.ts';

const OF_SCHEMA: ReadonlySet<string> = new Set(['__schema', '__type']);
const META_FIELDS: ReadonlySet<string> = new Set([...OF_SCHEMA, '__typename']);

/** Whether an operation asks for nothing but the schema: it needs no viewer, no plan and no subgraph. */
export function isIntrospectionOnly(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const fragments = fragmentsOf(document);
  const onlyMeta = ({ selections }: SelectionSetNode): boolean =>
    selections.every((selection) => {
      if (selection.kind === Kind.FIELD) return META_FIELDS.has(selection.name.value);
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      return !inner || onlyMeta(inner.selectionSet);
    });
  return operation.operation === 'query' && onlyMeta(operation.selectionSet);
}

/** Whether an operation asks for the schema, alone or beside data. Only the root can. */
export function readsSchema(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const fragments = fragmentsOf(document);
  const seen = new Set<string>();
  const reads = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return OF_SCHEMA.has(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return reads(selection.selectionSet);
      const { value: name } = selection.name;
      const inner = seen.has(name) ? undefined : fragments.get(name);
      seen.add(name);
      return inner !== undefined && reads(inner.selectionSet);
    });
  return reads(operation.selectionSet);
}

/** May see what every field asks, and so the schema where not everybody may. */
const SCOPE = 'access:read';

/** Throws UNAUTHENTICATED or FORBIDDEN. For where the schema is not for everybody. */
export function assertMayReadSchema(viewer: Viewer): void {
  if (hasScope(viewer, SCOPE)) return;
  const rule = `Here the schema is shown to those who hold ${SCOPE}`;
  if (viewer.kind === 'anonymous') {
    throw unauthenticated(`${rule}: sign in, send \`Authorization: Bearer <access token>\`, and ask for it again.`);
  }
  throw forbidden(`${rule}; you do not.`, { requiredScopes: [SCOPE] });
}

const KEPT_ANSWERS = 4;
const MAX_KEY_CHARACTERS = 20_000;
/** Types told before others get their turn: some milliseconds of work. */
const TYPES_AT_ONCE = 16;

/** Answers what is asked about the schema. Answers are kept: all who ask the same get the same. */
export class Introspection {
  private readonly answers = new LRUCache<string, Promise<ExecutionResult>>({ max: KEPT_ANSWERS });
  private readonly schema: GraphQLSchema;

  constructor(schema: GraphQLSchema) {
    this.schema = unhurried(schema);
  }

  /** For operations that ask for the schema only. Callers must not change the answer. */
  execute(
    text: string,
    document: DocumentNode,
    operationName: string | undefined,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<ExecutionResult> {
    const key = JSON.stringify([text, operationName, variables]);
    const kept = this.answers.get(key);
    if (kept) return kept;
    const answer = Promise.resolve(
      execute({ schema: this.schema, document, operationName, variableValues: { ...variables } }),
    );
    if (key.length <= MAX_KEY_CHARACTERS) this.answers.set(key, answer);
    return answer;
  }
}

/**
 * The schema with types that arrive in parts. Telling all of them at once takes the process longer than others should
 * have to wait; an executor goes on with other work wherever it has to wait for a type.
 */
function unhurried(schema: GraphQLSchema): GraphQLSchema {
  // Done once a schema, by whoever executes first; the types must be there for it.
  assertValidSchema(schema);
  const types = Object.entries(schema.getTypeMap());
  return Object.create(schema, {
    // Asked for by the executor itself, which does not wait for it.
    getType: { value: (name: string) => schema.getType(name) },
    getTypeMap: {
      value: () => {
        let turn: Promise<unknown> = Promise.resolve();
        return Object.fromEntries(
          types.map(([name, type], index) => {
            if (index % TYPES_AT_ONCE === 0) turn = turn.then(() => setImmediate());
            return [name, turn.then((): GraphQLNamedType => type)];
          }),
        );
      },
    },
  }) as GraphQLSchema;
}
