import {
  getOperationAST,
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { badInput, ErrorCode, PublicError } from '@flowmesh/platform/errors';
import type { GraphQLRequest } from '@flowmesh/platform/federation';
import { LIMITS } from '../gateway-config.ts';
import { assertPlainLiterals } from '../limits/plain-text.ts';

/** The operation that a request names, in a document that is valid and within the limits. */
export interface KnownOperation {
  /** Of the whole document. */
  readonly text: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

type Known = { readonly document: DocumentNode } | { readonly errors: readonly unknown[] };

const KEPT = 1_000;
const KEPT_CHARACTERS = 4_000_000;

/** Reads, limits and validates each text once: what it found is kept with the text, the least recently used goes. */
export class KnownDocuments {
  private readonly known = new LRUCache<string, Known>({
    max: KEPT,
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (_value, text) => text.length + 1,
  });
  private readonly rules: readonly ValidationRule[];

  constructor(
    private readonly schema: GraphQLSchema,
    limits: readonly ValidationRule[],
  ) {
    this.rules = [...specifiedRules, ...limits];
  }

  /** Gives the errors of a document or request that is wrong. */
  find({ query, operationName }: GraphQLRequest): KnownOperation | { readonly errors: readonly unknown[] } {
    let known = this.known.get(query);
    if (!known) this.known.set(query, (known = this.read(query)));
    if ('errors' in known) return known;
    const operation = getOperationAST(known.document, operationName);
    return operation
      ? { text: query, document: known.document, operation }
      : { errors: [badInput('operationName', whatWouldBeRight(known.document))] };
  }

  private read(query: string): Known {
    try {
      const document = parse(query, { maxTokens: LIMITS.tokens });
      const errors = validate(this.schema, document, this.rules, { hideSuggestions: true });
      if (errors.length > 0) return { errors: errors.map((error) => coded(error, ErrorCode.validationFailed)) };
      assertPlainLiterals(document);
      return { document };
    } catch (error) {
      const known = error instanceof GraphQLError && !(error instanceof PublicError);
      return { errors: [known ? coded(error, ErrorCode.parseFailed) : error] };
    }
  }
}

function whatWouldBeRight({ definitions }: DocumentNode): string {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const names = operations.map(({ name }) => name?.value ?? '').filter(Boolean);
  if (operations.length === 0) return 'the document has fragments only; send an operation with them';
  if (names.length === 0) return 'the operation of the document has no name; leave this out';
  const shown = names.slice(0, 10).join(', ');
  return `must be ${names.length === 1 ? '' : 'one of '}${shown}${names.length > 10 ? ' …' : ''}`;
}

function coded(error: GraphQLError, code: ErrorCode): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { code, ...extensions } });
}
