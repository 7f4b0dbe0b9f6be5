import {
  execute,
  getOperationAST,
  GraphQLError,
  createSourceEventStream,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { createAccessGuard, type AccessGuard } from '../access/index.ts';
import { badInput } from '../errors/index.ts';
import type { Subgraph } from '../subgraph/index.ts';
import { mapStream } from './map-stream.ts';
import type { CallContext, GraphQLRequest } from './source.ts';

interface Prepared {
  readonly document: DocumentNode;
}

/** Characters of query text kept parsed; beyond it the least recently used go. */
const CACHE_CHARACTERS = 1_000_000;
const CACHE_ENTRIES = 1_000;

/**
 * Executes one subgraph's schema in this process: parsed and validated once per query text, access checked before every
 * execution, the context (with its data loaders) made once per CallContext.
 */
export class ExecutableSubgraph {
  private readonly prepared = new LRUCache<string, Prepared>({
    max: CACHE_ENTRIES,
    maxSize: CACHE_CHARACTERS,
    sizeCalculation: (_value, key) => key.length,
  });
  private readonly contexts = new WeakMap<CallContext, object>();
  private readonly guard: AccessGuard;

  constructor(private readonly subgraph: Subgraph) {
    this.guard = createAccessGuard(subgraph.schema, subgraph.accessRules);
  }

  async execute(request: GraphQLRequest, call: CallContext): Promise<ExecutionResult> {
    const prepared = this.prepare(request);
    if (!('document' in prepared)) return prepared;
    const refusal = this.guard(prepared.document, request.operationName, call.viewer);
    if (refusal) return { errors: [refusal] };
    return execute({
      schema: this.subgraph.schema,
      document: prepared.document,
      contextValue: this.contextOf(call),
      ...variablesOf(request),
    });
  }

  /** One result when refused, else the stream. */
  async subscribe(
    request: GraphQLRequest,
    call: CallContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const prepared = this.prepare(request);
    if (!('document' in prepared)) return prepared;
    const refusal = this.guard(prepared.document, request.operationName, call.viewer);
    if (refusal) return { errors: [refusal] };
    const source = await createSourceEventStream({
      schema: this.subgraph.schema,
      document: prepared.document,
      contextValue: this.contextOf(call),
      ...variablesOf(request),
    });
    if (!(Symbol.asyncIterator in source)) return source;
    // Each event is resolved with a context of its own: the loaders of an earlier one hold what was true then.
    return mapStream(source, async (rootValue) =>
      execute({
        schema: this.subgraph.schema,
        document: prepared.document,
        rootValue,
        contextValue: this.subgraph.createContext({ ...call }),
        ...variablesOf(request),
      }),
    );
  }

  private contextOf(call: CallContext): object {
    let context = this.contexts.get(call);
    if (!context) this.contexts.set(call, (context = this.subgraph.createContext(call)));
    return context;
  }

  private prepare(request: GraphQLRequest): Prepared | ExecutionResult {
    const key = `${request.operationName ?? ''}\n${request.query}`;
    const kept = this.prepared.get(key);
    if (kept) return kept;
    let document: DocumentNode;
    try {
      document = parse(request.query);
    } catch (error) {
      return { errors: [error instanceof GraphQLError ? error : badInput('query', 'cannot be read')] };
    }
    const errors = validate(this.subgraph.schema, document);
    if (errors.length > 0) return { errors };
    if (!getOperationAST(document, request.operationName)) {
      return { errors: [badInput('operationName', 'names no operation of the document')] };
    }
    const prepared = { document };
    this.prepared.set(key, prepared);
    return prepared;
  }
}

function variablesOf(request: GraphQLRequest) {
  return { variableValues: { ...request.variables }, operationName: request.operationName };
}
