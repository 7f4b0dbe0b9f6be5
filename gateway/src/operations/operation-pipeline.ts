import { Kind, type ExecutionResult, type OperationTypeNode } from 'graphql';
import { bounded, mapStream, type CallContext, type GraphQLRequest } from '@flowmesh/platform/federation';
import { withLogContext } from '@flowmesh/platform/logging';
import type { GatewayLimits } from '../gateway-config.ts';
import { assertMayReadSchema, isIntrospectionOnly, readsSchema } from '../introspection/introspection.ts';
import { costProblem } from '../limits/operation-cost.ts';
import { createUseLimit } from '../limits/variable-uses.ts';
import { coerceVariables, variableShapeProblem, type CoercedVariables, type Variables } from '../limits/variables.ts';
import type { FederatedSubscriptions } from '../subscriptions/federated-subscriptions.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import type { FormatErrors } from './error-format.ts';
import { KnownDocuments, type KnownOperation } from './known-documents.ts';
import { KeptPlans } from './kept-plans.ts';
import { HttpRefusal, statusOf, type Refusal } from './refusal.ts';
import { createNullCheck } from './variables-not-null.ts';

/** Creates a signal that aborts when the client disconnects, to cancel work that can be cancelled. */
export type Gone = () => AbortSignal;

/** An operation that has passed every check, but is not executed yet. */
export type PreparedOperation =
  | {
      readonly kind: 'query' | 'mutation';
      /** Whether changes may have been made although there is no data, because one of several mutations failed. */
      readonly mayBeDoneInPart: boolean;
      execute(gone?: Gone): Promise<ExecutionResult>;
    }
  | { readonly kind: 'subscription'; subscribe(): Promise<AsyncIterableIterator<ExecutionResult> | Refusal> };

export interface OperationPipelineOptions {
  readonly supergraph: Supergraph;
  readonly subscriptions: FederatedSubscriptions;
  readonly limits: GatewayLimits;
  /** Whether everybody may read the schema; otherwise only viewers who may read its access rules. */
  readonly introspection: boolean;
  readonly formatErrors: FormatErrors;
}

/** Throws if the transport, or this request, does not allow this kind of operation. */
export type AssertCarried = (kind: OperationTypeNode) => void;

/**
 * The common pipeline of all transports: an operation is read, limited, validated, checked against the permissions of
 * the viewer, then executed by its query plan. Never throws: an operation that cannot be executed is a refusal, and
 * errors of the execution are in the result, both ready to be sent.
 */
export class OperationPipeline {
  private readonly documents: KnownDocuments;
  private readonly plans: KeptPlans;
  private readonly assertNotNull: ReturnType<typeof createNullCheck>;
  private readonly useProblem: ReturnType<typeof createUseLimit>;

  constructor(private readonly options: OperationPipelineOptions) {
    const { schema } = options.supergraph;
    this.plans = new KeptPlans(options.supergraph);
    this.documents = new KnownDocuments(schema, options);
    this.assertNotNull = createNullCheck(schema);
    this.useProblem = createUseLimit(options.limits);
  }

  prepare(
    request: GraphQLRequest,
    call: CallContext,
    assertCarried?: AssertCarried,
  ): Promise<PreparedOperation | Refusal> {
    return withLogContext({ requestId: call.requestId }, async () => {
      try {
        const found = this.documents.find(request);
        if ('errors' in found) return this.refuse(found.errors);
        assertCarried?.(found.operation.operation);
        const checked = this.check(found, request, call);
        return 'errors' in checked ? this.refuse(checked.errors) : this.prepared(found, checked.variables, call);
      } catch (error) {
        return this.refuse([error]);
      }
    });
  }

  /** Whether the access rules let this viewer run the operation, with whatever variables. */
  mayRun(request: GraphQLRequest, { viewer }: Pick<CallContext, 'viewer'>): boolean {
    const found = this.documents.find(request);
    if ('errors' in found) throw new Error('An operation of the product is not valid.', { cause: found.errors[0] });
    return !this.options.supergraph.guard(found.document, found.operation.name?.value, viewer);
  }

  /**
   * Formats a refusal by a transport itself, such as an invalid token, like all others. Pass the request id if it is
   * not the one of the current request.
   */
  refuse(errors: readonly unknown[], call?: Pick<CallContext, 'requestId'>): Refusal {
    const format = () => this.options.formatErrors(errors);
    const formatted = call ? withLogContext({ requestId: call.requestId }, format) : format();
    const [first] = errors;
    const [told] = formatted;
    const status = first instanceof HttpRefusal ? first.status : told ? statusOf(told) : 500;
    return { kind: 'refused', status, errors: formatted };
  }

  /** The variables of a valid operation, or the reason why it cannot be executed with them or for this viewer. */
  private check(found: KnownOperation, request: GraphQLRequest, { viewer }: CallContext): CoercedVariables {
    const { supergraph, limits } = this.options;
    const { document, operation } = found;
    const { variables: raw = {} } = request;
    // Permissions first: without them, the caller learns nothing about other errors.
    const refused = supergraph.guard(document, operation.name?.value, viewer);
    if (refused) throw refused;
    if (!this.options.introspection && readsSchema(document, operation)) assertMayReadSchema(viewer);
    const unusable = variableShapeProblem(raw, limits);
    if (unusable) return { errors: [unusable] };
    const coerced = coerceVariables(supergraph.schema, operation, raw);
    if ('errors' in coerced) return coerced;
    this.assertNotNull(found, coerced.variables);
    const tooMuch = this.useProblem(document, operation, coerced.variables);
    if (tooMuch) return { errors: [tooMuch] };
    const tooCostly = costProblem(supergraph.cost(document, operation, coerced.variables), limits);
    return tooCostly ? { errors: [tooCostly] } : coerced;
  }

  private prepared(found: KnownOperation, variables: Variables, call: CallContext): PreparedOperation {
    const { operation, selectionSet } = found.operation;
    const inContext = <T>(work: () => Promise<T>) => withLogContext({ requestId: call.requestId }, work);
    if (operation === 'subscription') {
      return { kind: 'subscription', subscribe: () => inContext(() => this.subscribe(found, variables, call)) };
    }
    const [first, ...others] = selectionSet.selections;
    const mayBeDoneInPart = operation === 'mutation' && (others.length > 0 || first?.kind !== Kind.FIELD);
    return {
      kind: operation,
      mayBeDoneInPart,
      execute: (gone) => inContext(() => this.execute(found, variables, call, gone)),
    };
  }

  private async execute(
    found: KnownOperation,
    variables: Variables,
    call: CallContext,
    gone?: Gone,
  ): Promise<ExecutionResult> {
    try {
      const { text, document, operation } = found;
      if (readsSchema(document, operation) && isIntrospectionOnly(document, operation)) {
        return await this.formatted(
          await this.options.supergraph.introspection.execute(text, operation.name?.value, variables, call, gone?.()),
        );
      }
      return await this.formatted(await this.plans.operation(found).execute(variables, call));
    } catch (error) {
      return { data: null, errors: this.options.formatErrors([error]) };
    }
  }

  private async subscribe(
    found: KnownOperation,
    variables: Variables,
    call: CallContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | Refusal> {
    try {
      const planned = await this.plans.subscription(found, call.viewer);
      const stream = await this.options.subscriptions.subscribe(planned, variables, call);
      return Symbol.asyncIterator in stream ? this.guarded(stream, call) : this.refuse(stream.errors);
    } catch (error) {
      return this.refuse([error]);
    }
  }

  /** A stream that never throws: it ends with a formatted error, and errors while ending it are logged. */
  private guarded(
    stream: AsyncIterableIterator<ExecutionResult>,
    { requestId }: CallContext,
  ): AsyncIterableIterator<ExecutionResult> {
    // The next message may be requested in the context of another request.
    const inContext = <T>(work: () => Promise<T>) => withLogContext({ requestId }, work);
    const formatted = mapStream(stream, (result) => this.formatted(result));
    const done = { value: undefined, done: true } as const;
    let failed = false;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () =>
        inContext(async () => {
          if (failed) return done;
          try {
            return await formatted.next();
          } catch (error) {
            failed = true;
            return { value: { errors: this.options.formatErrors([error]) }, done: false };
          }
        }),
      return: () =>
        inContext(async () => {
          try {
            await formatted.return?.();
          } catch (error) {
            this.options.formatErrors([error]);
          }
          return done;
        }),
    };
  }

  private async formatted(result: ExecutionResult): Promise<ExecutionResult> {
    const { data, errors } = await bounded(result);
    const told = errors && { errors: this.options.formatErrors(errors) };
    return { ...(data !== undefined && { data }), ...told };
  }
}
