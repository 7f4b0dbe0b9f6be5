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

/** Objects of the schema that are looked at to count for one document; the tools' operation needs a sixth of it. */
const MOST_LOOKED_AT = 60_000;
/** Lists of objects that are kept, each by the way to it. */
const KEPT_LISTS = 500;

/**
 * Refuses operations that read more of the schema than tools do: twice everything at most, and only a small part of it
 * beside data. Counts the values that would be made. For valid documents. Takes some milliseconds at most: what the same
 * way leads to is looked up once, however often an operation goes it.
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

/** Objects of the schema that a way of fields leads to, all together. */
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

  /** What one document may have looked at is counted from here. */
  begin(): void {
    this.lookedAt = 0;
  }

  /** Null when there is too much to look at. */
  below(parent: Place, { name, arguments: given }: FieldNode, definition: Definition): Place | null {
    const named = given?.find((argument) => argument.name.value === 'name')?.value;
    // Whatever a variable will name, it has no more fields than the largest.
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
    // A name that a client makes up leads nowhere, and is not worth keeping.
    if (objects.length > 0) this.places.set(way, place);
    return place;
  }
}

/** How many values of the schema an operation is answered with (counting no further than `most`). */
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
