import {
  getVariableValues,
  type ExecutionResult,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type ValidationRule,
} from 'graphql';
import { badInput } from '@flowmesh/platform/errors';
import { mapStream, type CallContext, type GraphQLRequest } from '@flowmesh/platform/federation';
import { withLogContext } from '@flowmesh/platform/logging';
import { assertCost } from '../limits/operation-cost.ts';
import { assertPlainVariables } from '../limits/plain-text.ts';
import type { FederatedSubscriptions } from '../subscriptions/federated-subscriptions.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import type { FormatErrors } from './error-format.ts';
import { KnownDocuments, type KnownOperation } from './known-documents.ts';
import { KeptPlans } from './kept-plans.ts';
import { statusOf, type Refusal } from './refusal.ts';
import { createNullCheck } from './variables-not-null.ts';

/** Has passed every check; nothing has been executed yet. */
export type PreparedOperation =
  | { readonly kind: 'query' | 'mutation'; execute(): Promise<ExecutionResult> }
  | { readonly kind: 'subscription'; subscribe(): Promise<AsyncIterableIterator<ExecutionResult> | Refusal> };

export interface OperationPipelineOptions {
  readonly supergraph: Supergraph;
  readonly subscriptions: FederatedSubscriptions;
  /** Besides those of the standard. */
  readonly rules: readonly ValidationRule[];
  readonly formatErrors: FormatErrors;
}

/** Throws when the transport does not carry this kind of operation, or not by this request. */
export type AssertCarried = (kind: OperationTypeNode) => void;

/** How many problems of the variables are told at once. */
const MAX_VARIABLE_ERRORS = 5;

/**
 * The one way of an operation, whatever transport it came by: read, limited, validated, checked against the rights of
 * the viewer, then executed by its query plan. Never throws: what cannot be executed is a refusal, and what goes wrong
 * meanwhile is an error in the result, both ready to be sent.
 */
export class OperationPipeline {
  private readonly documents: KnownDocuments;
  private readonly plans: KeptPlans;
  private readonly assertNotNull: ReturnType<typeof createNullCheck>;

  constructor(private readonly options: OperationPipelineOptions) {
    const { schema } = options.supergraph;
    this.plans = new KeptPlans(options.supergraph);
    this.documents = new KnownDocuments(schema, options.rules);
    this.assertNotNull = createNullCheck(schema);
  }

  async prepare(
    request: GraphQLRequest,
    call: CallContext,
    assertCarried?: AssertCarried,
  ): Promise<PreparedOperation | Refusal> {
    return withLogContext({ requestId: call.requestId }, () => {
      try {
        const found = this.documents.find(request);
        if ('errors' in found) return Promise.resolve(this.refuse(found.errors));
        assertCarried?.(found.operation.operation);
        this.check(found, request, call);
        return Promise.resolve(this.prepared(found, request, call));
      } catch (error) {
        return Promise.resolve(this.refuse([error]));
      }
    });
  }

  /**
   * What a transport has to refuse itself, such as a token that is not good, in the same words as all else. With the id
   * of the request when it is not the one that is being answered at the moment.
   */
  refuse(errors: readonly unknown[], call?: Pick<CallContext, 'requestId'>): Refusal {
    const format = () => this.options.formatErrors(errors);
    const formatted = call ? withLogContext({ requestId: call.requestId }, format) : format();
    return { kind: 'refused', status: statusOf(errors[0]), errors: formatted };
  }

  /** What every valid operation must pass before anything of it is executed. Throws the refusal. */
  private check(found: KnownOperation, { variables = {} }: GraphQLRequest, { viewer }: CallContext): void {
    const { supergraph } = this.options;
    const { document, operation } = found;
    assertPlainVariables(variables);
    const { coerced, errors } = getVariableValues(
      supergraph.schema,
      operation.variableDefinitions ?? [],
      { ...variables },
      { maxErrors: MAX_VARIABLE_ERRORS },
    );
    if (errors) throw badInput('variables', errors.map(({ message }) => message).join(' '));
    this.assertNotNull(found, coerced);
    const refused = supergraph.guard(document, operation.name?.value, viewer);
    if (refused) throw refused;
    assertCost(supergraph.cost(document, operation, coerced));
  }

  private prepared(found: KnownOperation, request: GraphQLRequest, call: CallContext): PreparedOperation {
    const { operation } = found.operation;
    const variables = declared(found.operation, request.variables);
    const inContext = <T>(work: () => Promise<T>) => withLogContext({ requestId: call.requestId }, work);
    if (operation === 'subscription') {
      return { kind: 'subscription', subscribe: () => inContext(() => this.subscribe(found, variables, call)) };
    }
    return { kind: operation, execute: () => inContext(() => this.execute(found, variables, call)) };
  }

  private async execute(
    found: KnownOperation,
    variables: Readonly<Record<string, unknown>>,
    call: CallContext,
  ): Promise<ExecutionResult> {
    try {
      return this.formatted(await this.plans.operation(found).execute({ ...variables }, { call }));
    } catch (error) {
      return { data: null, errors: this.options.formatErrors([error]) };
    }
  }

  private async subscribe(
    found: KnownOperation,
    variables: Readonly<Record<string, unknown>>,
    call: CallContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | Refusal> {
    try {
      const stream = await this.options.subscriptions.subscribe(this.plans.subscription(found), variables, call);
      return Symbol.asyncIterator in stream ? this.guarded(stream, call) : this.refuse(stream.errors);
    } catch (error) {
      return this.refuse([error]);
    }
  }

  /** A stream that never throws: it ends with a formatted error, and whatever goes wrong in ending it is logged. */
  private guarded(
    stream: AsyncIterableIterator<ExecutionResult>,
    { requestId }: CallContext,
  ): AsyncIterableIterator<ExecutionResult> {
    // Whoever asks for the next message may be anybody by then.
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

  private formatted({ data, errors }: ExecutionResult): ExecutionResult {
    const told = errors && { errors: this.options.formatErrors(errors) };
    return { ...(data !== undefined && { data }), ...told };
  }
}

/** Of the variables that came with the request those that the operation has; as they came, absent ones absent. */
function declared(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const names = variableDefinitions.map(({ variable }) => variable.name.value);
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(variables, name) ? [[name, variables[name]]] : [])));
}
