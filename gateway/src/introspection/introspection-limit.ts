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
import { LRUCache } from 'lru-cache';
import { fragmentsOf, type Fragments } from '../limits/fragments.ts';

/** The largest introspection of tools: the whole schema. */
export const STANDARD_INTROSPECTION = getIntrospectionQuery({
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
});

/** How often the whole schema may be in one response. */
const TIMES_STANDARD = 2;
/** Schema values allowed beside data: enough for some types, far less than the whole. */
const MOST_BESIDE_DATA = 5_000;

type Definition = GraphQLField<unknown, unknown>;
type Definitions = Readonly<Record<string, Definition | undefined>>;

const META_FIELDS: Definitions = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

/** Schema objects that counting may visit for one document; the operation of tools needs a sixth of it. */
const MOST_LOOKED_AT = 60_000;
/** Cached lists of objects, each by its path of fields. */
const KEPT_LISTS = 500;

/**
 * Refuses operations that read more of the schema than tools do: at most twice the whole, and only a small part of it
 * beside data. Counts the values of the response. For valid documents. Takes at most some milliseconds, because each
 * path of fields is resolved once, however often an operation contains it.
 */
export function createIntrospectionLimit(schema: GraphQLSchema): (document: DocumentNode) => GraphQLError | null {
  const lists = new SchemaLists(schema);
  const standard = parse(STANDARD_INTROSPECTION);
  const [everything] = standard.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [read(lists, fragmentsOf(standard), definition, Infinity)] : [],
  );
  const most = (everything?.values ?? 0) * TIMES_STANDARD;

  return (document) => {
    lists.begin();
    const fragments = fragmentsOf(document);
    for (const operation of document.definitions) {
      if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
      const { values, besideData } = read(lists, fragments, operation, most);
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

/** All schema objects at a path of fields. */
interface Place {
  readonly way: string;
  readonly objects: readonly unknown[];
}

const ROOT: Place = { way: '', objects: [undefined] };

class SchemaLists {
  private readonly places = new LRUCache<string, Place>({ max: KEPT_LISTS });
  private readonly info: GraphQLResolveInfo;
  private readonly largest: string | undefined;
  private lookedAt = 0;

  constructor(schema: GraphQLSchema) {
    this.info = { schema } as GraphQLResolveInfo;
    this.largest = largestType(schema);
  }

  /** Restarts the count of visited objects for a document. */
  begin(): void {
    this.lookedAt = 0;
  }

  /** Null if the limit of visited objects is exceeded. */
  below(parent: Place, { name, arguments: given }: FieldNode, definition: Definition): Place | null {
    const named = given?.find((argument) => argument.name.value === 'name')?.value;
    // For a variable name, the type with the most fields is an upper bound.
    const typeName = named?.kind === Kind.STRING ? named.value : this.largest;
    const way = `${parent.way} ${name.value}${parent === ROOT && name.value === '__type' ? `(${typeName})` : ''}`;
    const known = this.places.get(way);
    if (known) return known;
    this.lookedAt += parent.objects.length;
    const objects: unknown[] = [];
    for (const object of parent.objects) {
      if (this.lookedAt > MOST_LOOKED_AT) return null;
      const value: unknown = definition.resolve?.(object, { name: typeName, includeDeprecated: true }, null, this.info);
      const found = Array.isArray(value) ? (value as unknown[]) : [value];
      this.lookedAt += found.length;
      for (const item of found) if (item != null) objects.push(item);
    }
    const place = { way, objects };
    // An unknown name has no result, and is not cached.
    if (objects.length > 0) this.places.set(way, place);
    return place;
  }
}

/** The number of schema values in the response of an operation, counted up to `most`. */
function read(lists: SchemaLists, fragments: Fragments, operation: OperationDefinitionNode, most: number) {
  let [values, besideData] = [0, false];

  function visitSelections({ selections }: SelectionSetNode, definitions: Definitions, place: Place): void {
    values += selections.length * place.objects.length;
    for (const selection of selections) {
      if (values > most) return;
      if (selection.kind === Kind.FIELD) {
        const definition = definitions[selection.name.value];
        if (definition) visitField(selection, definition, place);
        else if (selection.name.value !== '__typename') besideData = true;
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (inner) visitSelections(inner.selectionSet, definitions, place);
      }
    }
  }

  function visitField(node: FieldNode, definition: Definition, place: Place): void {
    const type = getNamedType(definition.type);
    if (!node.selectionSet || !isObjectType(type)) return;
    const below = lists.below(place, node, definition);
    if (!below) values = Infinity;
    else if (below.objects.length > 0) visitSelections(node.selectionSet, type.getFields(), below);
  }

  visitSelections(operation.selectionSet, META_FIELDS, ROOT);
  return { values, besideData };
}

function largestType(schema: GraphQLSchema): string | undefined {
  const sizes = Object.values(schema.getTypeMap()).map((type) => ({
    name: type.name,
    size: 'getFields' in type ? Object.keys(type.getFields()).length : 0,
  }));
  return sizes.reduce((largest, each) => (each.size > largest.size ? each : largest)).name;
}
