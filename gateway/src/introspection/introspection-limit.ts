import {
  getIntrospectionQuery,
  getNamedType,
  GraphQLError,
  isObjectType,
  Kind,
  parse,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { ErrorCode } from '@flowmesh/platform/errors';
import { fragmentsOf, type Fragments } from '../limits/fragments.ts';

/** The most that tools ask for: everything there is to know of a schema. */
export const STANDARD_INTROSPECTION = getIntrospectionQuery({
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
});

/** How often everything may be in one answer. */
const TIMES_STANDARD = 2;
/** Values of the schema beside data: enough for some types, far from the whole. */
const MOST_BESIDE_DATA = 5_000;

type Definition = GraphQLField<unknown, unknown>;
type Definitions = Readonly<Record<string, Definition | undefined>>;

const META_FIELDS: Definitions = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

/**
 * Refuses operations that read more of the schema than tools do: twice everything at most, and only a small part of it
 * beside data. Counts the values that would be made, up to where there are too many. For valid documents.
 */
export function createIntrospectionLimit(schema: GraphQLSchema): (document: DocumentNode) => GraphQLError | null {
  const standard = parse(STANDARD_INTROSPECTION);
  const [everything] = standard.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [read(schema, fragmentsOf(standard), definition, Infinity)] : [],
  );
  const most = (everything?.values ?? 0) * TIMES_STANDARD;

  return (document) => {
    const fragments = fragmentsOf(document);
    for (const operation of document.definitions) {
      if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
      const { values, besideData } = read(schema, fragments, operation, most);
      if (values > (besideData ? MOST_BESIDE_DATA : most)) return tooMuch(operation, besideData);
    }
    return null;
  };
}

function tooMuch(operation: OperationDefinitionNode, besideData: boolean): GraphQLError {
  const message = besideData
    ? 'The operation reads too much of the schema beside data; ask for `__schema` in an operation of its own.'
    : 'The operation reads more of the schema than there is; ask for each part once.';
  return new GraphQLError(message, { nodes: [operation], extensions: { code: ErrorCode.validationFailed } });
}

/** How many values of the schema an operation is answered with (counting no further than `most`). */
function read(schema: GraphQLSchema, fragments: Fragments, operation: OperationDefinitionNode, most: number) {
  let [values, besideData] = [0, false];
  const info = { schema } as GraphQLResolveInfo;
  const largest = largestType(schema);

  function visitSelections({ selections }: SelectionSetNode, definitions: Definitions, source: unknown): void {
    values += selections.length;
    for (const selection of selections) {
      if (values > most) return;
      if (selection.kind === Kind.FIELD) {
        const definition = definitions[selection.name.value];
        if (definition) visitField(selection, definition, source);
        else if (selection.name.value !== '__typename') besideData = true;
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (inner) visitSelections(inner.selectionSet, definitions, source);
      }
    }
  }

  function visitField({ selectionSet, arguments: given }: FieldNode, definition: Definition, source: unknown): void {
    const type = getNamedType(definition.type);
    if (!selectionSet || !isObjectType(type)) return;
    const named = given?.find(({ name }) => name.value === 'name')?.value;
    // Whatever a variable will name, it has no more fields than the largest.
    const name = named?.kind === Kind.STRING ? named.value : largest;
    const value: unknown = definition.resolve?.(source, { name, includeDeprecated: true }, undefined, info);
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (item != null) visitSelections(selectionSet, type.getFields(), item);
    }
  }

  visitSelections(operation.selectionSet, META_FIELDS, undefined);
  return { values, besideData };
}

function largestType(schema: GraphQLSchema): string | undefined {
  const sizes = Object.values(schema.getTypeMap()).map((type) => ({
    name: type.name,
    size: 'getFields' in type ? Object.keys(type.getFields()).length : 0,
  }));
  return sizes.reduce((largest, each) => (each.size > largest.size ? each : largest)).name;
}
