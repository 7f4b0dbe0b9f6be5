import { getOperationAST, Kind, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { badInput } from '@flowmesh/platform/errors';
import type { GraphQLRequest } from '@flowmesh/platform/federation';
import { createDocumentReader, type ReadDocument, type ReaderOptions } from '../limits/document-reader.ts';

/** The operation that a request selects, in a valid document within the limits. */
export interface KnownOperation {
  /** Of the whole document. */
  readonly text: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

const KEPT = 1_000;
/** A document takes about a hundred times the memory of its text. */
const KEPT_CHARACTERS = 1_000_000;

/** Reads, limits and validates each text once; results are in an LRU cache by text. */
export class KnownDocuments {
  private readonly known = new LRUCache<string, ReadDocument>({
    max: KEPT,
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (_value, text) => text.length + 1,
  });
  private readonly read: (text: string) => ReadDocument;

  constructor(schema: GraphQLSchema, options: ReaderOptions) {
    this.read = createDocumentReader(schema, options);
  }

  /** Returns the errors of an invalid document or request. */
  find({ query, operationName }: GraphQLRequest): KnownOperation | { readonly errors: readonly unknown[] } {
    let known = this.known.get(query);
    if (!known) this.known.set(query, (known = this.read(query)));
    if ('errors' in known) return known;
    const operation = getOperationAST(known.document, operationName);
    return operation
      ? { text: query, document: known.document, operation }
      : { errors: [badInput('operationName', whatWouldBeRight(known.document))] };
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
