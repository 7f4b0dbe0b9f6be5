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
 * Makes the client's answer of the data that the subgraphs gave: graphql-js executes the operation once more, on a
 * schema whose fields are read from that data. So which fields are there, in what order, and where a null ends is
 * decided by graphql-js, over the borders of subgraphs too. Large answers are made in the turns of their request.
 */
export class ResponseShape {
  /** Fields have no arguments: the subgraphs have had them. */
  private readonly dataSchema: GraphQLSchema;
  private readonly resolve: GraphQLFieldResolver<unknown, Turns>;

  /** `sdl`: of the API schema. */
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
        // Nothing but an interface object may give its objects, which have no type then.
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
    // What is below an object of which not even the fields are known is not executed.
    const fetched = fetchErrors.all.filter((error) => !conditions.some((condition) => isBelow(error, condition)));
    // Where a subgraph has said what went wrong, that something is missing says nothing more.
    const missing = (shaped.errors ?? []).filter((error) => {
      const { path = [] } = error;
      const endsAtReference = fetchErrors.danglingAbove(path).some((place) => isNullIn(data, place));
      return !isOfCondition(error) && !endsAtReference && !fetchErrors.explain(path);
    });
    const errors = [...fetched, ...conditions, ...missing, ...(data ? (introspected.errors ?? []) : [])];
    return errors.length > 0 ? { errors, data } : { data };
  }
}

/** Whether a condition was null where it may not be: the only errors of variables there can be without arguments. */
const isOfCondition = ({ nodes }: GraphQLError) => nodes?.[0]?.kind === Kind.VARIABLE;

const isBelow = ({ path }: GraphQLError, { path: above = [] }: GraphQLError) =>
  path !== undefined && above.every((key, index) => path[index] === key);

/**
 * The planner asks for the type where the operation depends on it. Where it does not, an interface object may give
 * fields of an interface without saying of which type: any will do.
 */
const typeOf: GraphQLTypeResolver<unknown, unknown> = (value, _context, { schema }, abstractType) => {
  const name = isObjectData(value) ? value.__typename : undefined;
  const unknown = name === undefined || isAbstractType(schema.getType(String(name)));
  return unknown ? schema.getPossibleTypes(abstractType)[0]?.name : String(name);
};

/** Whether there is a place like this in the data, and null in it. */
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
