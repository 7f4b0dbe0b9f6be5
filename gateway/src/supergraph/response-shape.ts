import {
  buildASTSchema,
  executeSync,
  parse,
  printSchema,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import { isObjectData, type ObjectData } from './entity-data.ts';
import { plannedName, type ClientOperation } from './client-operation.ts';
import type { FetchErrors } from './fetch-errors.ts';

/**
 * Makes the client's answer of the data that the subgraphs gave: graphql-js executes the operation once more, on a
 * schema whose fields are read from that data. So which fields are there, in what order, and where a null ends is
 * decided by graphql-js, over the borders of subgraphs too.
 */
export class ResponseShape {
  /** Fields have no arguments: the subgraphs have had them. */
  private readonly dataSchema: GraphQLSchema;
  private readonly resolve: GraphQLFieldResolver<unknown, unknown>;

  constructor(
    private readonly apiSchema: GraphQLSchema,
    fieldNames: ReadonlySet<string>,
  ) {
    const sdl = visit(parse(printSchema(apiSchema)), {
      FieldDefinition: (node) => ({ ...node, arguments: [] }),
    });
    this.dataSchema = buildASTSchema(sdl, { assumeValid: true });
    this.resolve = (source, _args, _context, { fieldName, path }) =>
      isObjectData(source) ? source[plannedName(String(path.key), fieldName, fieldNames)] : undefined;
  }

  shape(
    operation: ClientOperation,
    variables: Readonly<Record<string, unknown>>,
    rootValue: ObjectData,
    fetchErrors: FetchErrors,
  ): ExecutionResult {
    const variableValues = { ...variables };
    const shaped = executeSync({
      schema: this.dataSchema,
      document: operation.shaped,
      rootValue,
      variableValues,
      fieldResolver: this.resolve,
      typeResolver: (value) =>
        isObjectData(value) && typeof value.__typename === 'string' ? value.__typename : undefined,
    });
    const data = withIntrospection(shaped.data, operation.introspection, (document) =>
      executeSync({ schema: this.apiSchema, document, variableValues }),
    );
    // Where a subgraph has said what went wrong, that something is missing says nothing more.
    const own = (shaped.errors ?? []).filter(({ path }) => !fetchErrors.explain(path ?? []));
    const errors = [...fetchErrors.all, ...own];
    return errors.length > 0 ? { errors, data } : { data };
  }
}

function withIntrospection(
  data: ExecutionResult['data'],
  document: DocumentNode | null,
  introspect: (document: DocumentNode) => ExecutionResult,
): ExecutionResult['data'] {
  if (!data || !document) return data;
  const introspected = introspect(document).data ?? {};
  for (const key of Object.keys(data)) if (Object.hasOwn(introspected, key)) data[key] = introspected[key];
  return data;
}
