import {
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { badInput, type PublicError } from '@flowmesh/platform/errors';
import type { GatewayLimits } from '../gateway-config.ts';
import { readFieldCosts, type FieldCost } from './field-cost.ts';
import { fragmentsOf, type Fragments } from './fragments.ts';

/**
 * The number of objects that the result of the operation can contain with these variables. Never less than 0; may be
 * Infinity.
 */
export type OperationCost = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
) => number;

/** Fields whose list size an argument of a parent field determines. */
interface Sized {
  readonly size: number;
  readonly fields: readonly string[];
}

const NOTHING_SIZED: Sized = { size: 1, fields: [] };
const DEFAULT_PAGE = 20;
/** A single value costs a small part of an object, so that many of them count. */
const LEAF = 0.05;
/** JSON can be a megabyte. */
const JSON_LEAF = 10;
const JSON_TYPES: ReadonlySet<string> = new Set(['JSON', 'JSONObject']);

/**
 * Computes the cost of operations: an object costs 1 (or its `@cost`), other fields a twentieth, lists multiply by
 * their page size. Equal fields of one selection are merged as in execution and cost once; conditions count as true.
 * Results are memoised, however often fragments are spread.
 */
export function createOperationCost(schema: GraphQLSchema, supergraph: DocumentNode): OperationCost {
  const costs = readFieldCosts(supergraph);
  return (document, operation, variables) => {
    const root = schema.getRootType(operation.operation);
    if (!root) return 0;
    const pricing = new Pricing(schema, costs, fragmentsOf(document), variables);
    return Math.ceil(pricing.costOf([operation.selectionSet], root, NOTHING_SIZED));
  };
}

/** Null if the operation may be executed. */
export function costProblem(cost: number, limits: GatewayLimits): PublicError | null {
  if (cost <= limits.cost) return null;
  const [found, most] = [Math.ceil(cost), limits.cost].map((each) => each.toLocaleString('en'));
  return badInput(
    'query',
    `could produce ${found} objects, more than the ${most} of one operation; ask for smaller pages, fewer levels, or less of what counts much`,
  );
}

class Pricing {
  /** Keyed by the merged selection sets and the list sizes that apply to them. */
  private readonly known = new Map<string, number>();
  private readonly ids = new Map<SelectionSetNode, number>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly costs: ReadonlyMap<string, FieldCost>,
    private readonly fragments: Fragments,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {}

  /** The cost of one object of the type with all these selections. */
  costOf(sets: readonly SelectionSetNode[], type: GraphQLNamedType, sized: Sized): number {
    const key = `${sets.map((set) => this.idOf(set)).join()}/${type.name}/${sized.size}/${sized.fields.join()}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    let total = 0;
    for (const { parent, nodes } of this.mergedFields(sets, type).values())
      total += this.fieldCost(nodes, parent, sized);
    this.known.set(key, total);
    return total;
  }

  private idOf(set: SelectionSetNode): number {
    const id = this.ids.get(set) ?? this.ids.size;
    this.ids.set(set, id);
    return id;
  }

  private mergedFields(sets: readonly SelectionSetNode[], type: GraphQLNamedType) {
    const fields = new Map<string, { readonly parent: GraphQLNamedType; readonly nodes: FieldNode[] }>();
    const spread = new Set<string>();
    const collect = ({ selections }: SelectionSetNode, parent: GraphQLNamedType): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const key = `${parent.name}.${(selection.alias ?? selection.name).value}`;
          const merged = fields.get(key);
          if (merged) merged.nodes.push(selection);
          else fields.set(key, { parent, nodes: [selection] });
          continue;
        }
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
        if (!inner) continue;
        if (selection.kind === Kind.FRAGMENT_SPREAD) {
          if (spread.has(selection.name.value)) continue;
          spread.add(selection.name.value);
        }
        const condition = inner.typeCondition?.name.value;
        const innerType = condition === undefined ? parent : this.schema.getType(condition);
        if (innerType) collect(inner.selectionSet, innerType);
      }
    };
    for (const set of sets) collect(set, type);
    return fields;
  }

  private fieldCost(nodes: readonly FieldNode[], parent: GraphQLNamedType, sized: Sized): number {
    const [node] = nodes;
    const definition =
      node && isCompositeType(parent) && !isUnionType(parent) ? parent.getFields()[node.name.value] : null;
    // Introspection is limited where documents are read.
    if (!node || !definition) return LEAF;
    const type = getNamedType(definition.type);
    const cost = this.costs.get(`${parent.name}.${definition.name}`);
    const weight = Math.max(cost?.weight ?? usualWeight(type), LEAF);
    const size = cost && this.sizeOf(node, definition, cost);
    const below = size !== undefined && cost ? { size, fields: cost.sizedFields } : NOTHING_SIZED;
    const ownSize = size !== undefined && cost?.sizedFields.length === 0 ? size : 1;
    const times = sized.fields.includes(definition.name) ? sized.size : ownSize;
    const selections = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const inner = selections.length > 0 ? this.costOf(selections, type, below) : 0;
    return times * (weight + inner);
  }

  /** Undefined if the field is not a list. */
  private sizeOf(node: FieldNode, field: GraphQLField<unknown, unknown>, cost: FieldCost): number | undefined {
    const { slicingArguments } = cost;
    if (slicingArguments.length === 0) return cost.assumedSize;
    for (const name of slicingArguments) {
      const literal = node.arguments?.find((argument) => argument.name.value === name)?.value;
      const given: unknown = literal && valueFromASTUntyped(literal, this.variables);
      // The resolver refuses an invalid size; until then it must not reduce the cost.
      if (typeof given === 'number' && given >= 1) return given;
    }
    const defaults = slicingArguments.map(
      (name) => field.args.find((arg) => arg.name === name)?.defaultValue as unknown,
    );
    const byDefault = defaults.find((value) => typeof value === 'number');
    return cost.assumedSize ?? (byDefault as number | undefined) ?? DEFAULT_PAGE;
  }
}

function usualWeight(type: GraphQLNamedType): number {
  if (JSON_TYPES.has(type.name)) return JSON_LEAF;
  return isCompositeType(type) ? 1 : LEAF;
}
