import {
  assertInterfaceType,
  buildASTSchema,
  execute,
  executeSync,
  isAbstractType,
  Kind,
  parse,
  visit,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  type GraphQLTypeResolver,
} from 'graphql';
import { paced, type Turns } from '@flowmesh/platform/turns';
import { isObjectData, type ObjectData } from './entity-data.ts';
import { plannedName, type ClientOperation } from './client-operation.ts';
import type { FetchErrors } from './fetch-errors.ts';

/**
 * Builds the client's response from the merged data of the subgraphs: graphql-js executes the operation again, on a
 * schema whose fields read that data. So graphql-js decides which fields are present, their order, and how far a null
 * propagates, also across subgraphs. Large responses are built in the turns of their request.
 */
export class ResponseShape {
  /** Fields have no arguments, because the subgraphs have already applied them. */
  private readonly dataSchema: GraphQLSchema;
  private readonly resolve: GraphQLFieldResolver<unknown, Turns>;

  /** `sdl`: the SDL of the API schema. */
  constructor(
    private readonly apiSchema: GraphQLSchema,
    sdl: string,
    fieldNames: ReadonlySet<string>,
  ) {
    const hasTypes = (name: string) =>
      apiSchema.getPossibleTypes(assertInterfaceType(apiSchema.getType(name))).length > 0;
    const withoutArguments = visit(parse(sdl), {
      FieldDefinition: (node) => ({ ...node, arguments: [] }),
      InterfaceTypeDefinition: {
        // If only an interface object provides the objects, they have no type.
        leave: (node) => (hasTypes(node.name.value) ? undefined : { ...node, kind: Kind.OBJECT_TYPE_DEFINITION }),
      },
    });
    this.dataSchema = buildASTSchema(withoutArguments, { assumeValid: true });
    this.resolve = (source, _args, turns, info) => {
      if (!isObjectData(source)) return undefined;
      return paced(source[plannedName(String(info.path.key), info.fieldName, fieldNames)], info, turns);
    };
  }

  async shape(
    operation: ClientOperation,
    variables: Readonly<Record<string, unknown>>,
    rootValue: ObjectData,
    fetchErrors: FetchErrors,
    turns: Turns,
  ): Promise<ExecutionResult> {
    const variableValues = { ...variables };
    const shaped = await execute({
      schema: this.dataSchema,
      document: operation.shaped,
      rootValue,
      contextValue: turns,
      variableValues,
      fieldResolver: this.resolve,
      typeResolver: typeOf,
    });
    const data = shaped.data;
    const introspected = operation.introspection
      ? executeSync({ schema: this.apiSchema, document: operation.introspection, variableValues })
      : {};
    if (data && introspected.data) replaceIn(data, introspected.data);
    const conditions = (shaped.errors ?? []).filter(isOfCondition);
    // If none of an object's fields are known, its selection is not executed.
    const fetched = fetchErrors.all.filter((error) => !conditions.some((condition) => isBelow(error, condition)));
    // If a subgraph reported the error, the error about missing data adds nothing.
    const missing = (shaped.errors ?? []).filter((error) => {
      const { path = [] } = error;
      const endsAtReference = fetchErrors.danglingAbove(path).some((place) => isNullIn(data, place));
      return !isOfCondition(error) && !endsAtReference && !fetchErrors.explain(path);
    });
    const errors = [...fetched, ...conditions, ...missing, ...(data ? (introspected.errors ?? []) : [])];
    return errors.length > 0 ? { errors, data } : { data };
  }
}

/** Whether a condition was null: without arguments, this is the only possible error of variables. */
const isOfCondition = ({ nodes }: GraphQLError) => nodes?.[0]?.kind === Kind.VARIABLE;

const isBelow = ({ path }: GraphQLError, { path: above = [] }: GraphQLError) =>
  path !== undefined && above.every((key, index) => path[index] === key);

/**
 * The planner requests the type if the operation depends on it. Otherwise an interface object may provide fields of an
 * interface without the type: any type will do.
 */
const typeOf: GraphQLTypeResolver<unknown, unknown> = (value, _context, { schema }, abstractType) => {
  const name = isObjectData(value) ? value.__typename : undefined;
  const unknown = name === undefined || isAbstractType(schema.getType(String(name)));
  return unknown ? schema.getPossibleTypes(abstractType)[0]?.name : String(name);
};

/** Whether this path exists in the data and is null. */
function isNullIn(data: unknown, path: readonly (string | number)[]): boolean {
  let parent: unknown = data;
  for (const key of path.slice(0, -1)) parent = (parent as ObjectData | null | undefined)?.[key];
  const last = path.at(-1);
  return last !== undefined && (parent as ObjectData | null | undefined)?.[last] === null;
}

/** Keeps the order. */
function replaceIn(data: ObjectData, values: ObjectData): void {
  for (const key of Object.keys(data)) if (Object.hasOwn(values, key)) data[key] = values[key];
}
