import type { GraphQLError } from 'graphql';
import {
  getOperationAST,
  getVariableValues,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import type { GraphQLRequest } from '@flowmesh/platform/federation';
import { LIMITS } from '../gateway-config.ts';
import { checkOperation } from '../operations/operation-checks.ts';
import type { SubscriptionPlan } from '../supergraph/plan-runner.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { startVariable, streamCursor, type StreamCursor } from './stream-cursor.ts';

interface Parsed {
  readonly document: DocumentNode;
  readonly errors: readonly GraphQLError[];
  readonly plans: Map<string, Planned>;
}

interface Planned {
  readonly plan: SubscriptionPlan;
  /** Null when the places of its messages cannot be known. */
  readonly cursor: StreamCursor | null;
  /** Name of the variable that says only where the stream begins. */
  readonly startVariable: string | undefined;
}

export interface PreparedSubscription extends Planned {
  /** Coerced; those of the stream and those of the joins. */
  readonly variables: Record<string, unknown>;
}

/** Parses, validates, limits and plans subscriptions; everything that depends on the text only is kept by the text. */
export class SubscriptionPreparer {
  private readonly parsed = new LRUCache<string, Parsed>({
    max: 1_000,
    maxSize: 4_000_000,
    sizeCalculation: (_value, text) => text.length + 1,
  });
  private readonly rules: readonly ValidationRule[];

  constructor(
    private readonly supergraph: Supergraph,
    limits: readonly ValidationRule[],
  ) {
    this.rules = [...specifiedRules, ...limits];
  }

  /** The operation the request names, after validation. Throws or returns the errors of a bad document. */
  resolve(request: GraphQLRequest): { parsed: Parsed; operation: OperationDefinitionNode } | readonly GraphQLError[] {
    const parsed = this.parse(request.query);
    if (parsed.errors.length > 0) return parsed.errors;
    const operation = getOperationAST(parsed.document, request.operationName);
    if (!operation) return [badInput('operationName', 'names no operation of the document, or several could be meant')];
    return { parsed, operation };
  }

  async prepare(
    request: GraphQLRequest,
    { parsed, operation }: { parsed: Parsed; operation: OperationDefinitionNode },
    viewer: Viewer,
  ): Promise<PreparedSubscription | readonly GraphQLError[]> {
    const { schema } = this.supergraph;
    const { document } = parsed;
    const { coerced, errors } = getVariableValues(
      schema,
      operation.variableDefinitions ?? [],
      { ...request.variables },
      { maxErrors: 20 },
    );
    if (errors) return errors.map((error) => badInput('variables', error.message));
    const { operationName } = request;
    checkOperation(this.supergraph, { document, operation, operationName, variables: coerced }, viewer);
    const key = operationName ?? '';
    let planned = parsed.plans.get(key);
    if (!planned) parsed.plans.set(key, (planned = await this.plan(document, operation, operationName)));
    return { ...planned, variables: coerced };
  }

  private async plan(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    operationName: string | undefined,
  ): Promise<Planned> {
    const plan = await this.supergraph.plans.planSubscription(document, operationName);
    return {
      plan,
      cursor: streamCursor(this.supergraph.schema, plan.query),
      startVariable: startVariable(document, operation),
    };
  }

  private parse(query: string): Parsed {
    const kept = this.parsed.get(query);
    if (kept) return kept;
    const document = parse(query, { maxTokens: LIMITS.tokens });
    const errors = validate(this.supergraph.schema, document, this.rules, { hideSuggestions: true });
    const parsed = { document, errors, plans: new Map<string, Planned>() };
    this.parsed.set(query, parsed);
    return parsed;
  }
}
