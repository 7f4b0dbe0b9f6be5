import {
  GraphQLError,
  Kind,
  printSchema,
  Source,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { hasScope, type Viewer } from '@flowmesh/platform/access';
import { forbidden, unauthenticated } from '@flowmesh/platform/errors';
import type { CallContext } from '@flowmesh/platform/federation';
import { LRUCache } from 'lru-cache';
import { fragmentsOf } from '../limits/fragments.ts';
import { FairThread, NobodyWaits, ownerOf } from '../threads/fair-thread.ts';

const OF_SCHEMA: ReadonlySet<string> = new Set(['__schema', '__type']);
const META_FIELDS: ReadonlySet<string> = new Set([...OF_SCHEMA, '__typename']);

/** Whether an operation reads only the schema: it needs no viewer, no plan and no subgraph. */
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

/** Whether an operation reads the schema, alone or beside data. Only root fields can. */
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

/** The scope to read the access rules of all fields, and so the schema if it is not public. */
const SCOPE = 'access:read';

/** Throws UNAUTHENTICATED or FORBIDDEN. Used if the schema is not public. */
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

interface Told {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly Pick<GraphQLError, 'message' | 'path' | 'positions'>[];
}

/** Executes introspection on a separate thread. Responses are cached by operation. */
export class Introspection {
  private readonly answers = new LRUCache<string, Promise<ExecutionResult>>({ max: KEPT_ANSWERS });
  private readonly thread: FairThread<string>;

  constructor(schema: GraphQLSchema) {
    const workerData = { sdl: printSchema(schema) };
    this.thread = new FairThread({
      folder: '../introspection',
      name: 'introspection-worker',
      workerData,
      does: 'answer',
    });
  }

  /**
   * For operations that read only the schema. Callers must not modify the response. Work that has not begun when its
   * client is `gone` is dropped.
   */
  async execute(
    text: string,
    operationName: string | undefined,
    variables: Readonly<Record<string, unknown>>,
    call: Pick<CallContext, 'viewer' | 'client'>,
    gone?: AbortSignal,
  ): Promise<ExecutionResult> {
    const key = JSON.stringify([text, operationName, variables]);
    const kept = this.answers.get(key);
    if (kept) {
      try {
        return await kept;
      } catch (error) {
        // Dropped because the client that asked first disconnected.
        if (error instanceof NobodyWaits) return this.execute(text, operationName, variables, call, gone);
        throw error;
      }
    }
    const question = { text, operationName, variableValues: { ...variables } };
    const answer = this.ask(question, ownerOf(call.viewer, call.client), gone);
    if (key.length > MAX_KEY_CHARACTERS) return answer;
    this.answers.set(key, answer);
    answer.catch(() => this.answers.delete(key));
    return answer;
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private async ask(question: { readonly text: string }, owner: string, gone?: AbortSignal): Promise<ExecutionResult> {
    const { data, errors } = JSON.parse(await this.thread.ask(question, owner, gone)) as Told;
    if (errors.length === 0) return { data };
    const source = new Source(question.text);
    return {
      data,
      errors: errors.map(({ message, path, positions }) => new GraphQLError(message, { path, positions, source })),
    };
  }
}
