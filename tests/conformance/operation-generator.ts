import fc, { type Arbitrary } from 'fast-check';
import {
  doTypesOverlap,
  getNamedType,
  isCompositeType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { flag, input, type Input } from './input-generator.ts';

/** A condition, `@skip` or `@include`. */
export interface Condition {
  readonly name: 'skip' | 'include';
  readonly value: Input;
}

export type Selection =
  | {
      readonly kind: 'field';
      readonly name: string;
      /** Null: none. Empty: one that follows from the arguments, so that it is in no other field's way. */
      readonly alias: string | null;
      readonly args: readonly (readonly [string, Input])[];
      readonly conditions: readonly Condition[];
      readonly selections: readonly Selection[] | null;
    }
  | {
      readonly kind: 'inline';
      readonly on: string | null;
      readonly conditions: readonly Condition[];
      readonly selections: readonly Selection[];
    }
  | {
      readonly kind: 'fragment';
      readonly on: string;
      /** The conditions of each place where it is spread. */
      readonly spreads: readonly (readonly Condition[])[];
      readonly selections: readonly Selection[];
    };

export interface Operation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly selections: readonly Selection[];
  /** Name of the first variable. */
  readonly variable: string;
}

const DEPTH = 4;

const conditions: Arbitrary<readonly Condition[]> = fc.oneof(
  { weight: 5, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.uniqueArray(fc.record({ name: fc.constantFrom('skip' as const, 'include' as const), value: flag }), {
      minLength: 1,
      maxLength: 2,
      selector: ({ name }) => name,
    }),
  },
);

const ALIASES = ['a', 'b', 'id', 'code', 'common', '__typename', 'f0', 'f1', 'g0'];

/** Operations of one schema. Some are invalid, as two of their fields want the same name: leave those out. */
export function operationsOf(schema: GraphQLSchema): Arbitrary<Operation> {
  const generator = new OperationGenerator(schema);
  const variable = fc.oneof(
    { weight: 9, arbitrary: fc.constant('v0') },
    { weight: 1, arbitrary: fc.constantFrom('representations', 'first') },
  );
  const of = (kind: Operation['kind'], selections: Arbitrary<readonly Selection[]>) =>
    fc.record({ kind: fc.constant(kind), selections, variable });
  const [query, mutation, subscription] = [
    schema.getQueryType()!,
    schema.getMutationType()!,
    schema.getSubscriptionType()!,
  ];
  return fc.oneof(
    { weight: 6, arbitrary: of('query', generator.selections(query, DEPTH)) },
    { weight: 2, arbitrary: of('mutation', generator.selections(mutation, DEPTH)) },
    {
      weight: 2,
      arbitrary: of(
        'subscription',
        fc
          .constantFrom(...Object.values(subscription.getFields()))
          .chain((field) => generator.field(field, DEPTH, fc.constant([])))
          .map((field) => [field]),
      ),
    },
  );
}

class OperationGenerator {
  private readonly known = new Map<string, Arbitrary<readonly Selection[]>>();
  private readonly composites: readonly GraphQLCompositeType[];

  constructor(private readonly schema: GraphQLSchema) {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    this.composites = Object.values(schema.getTypeMap()).filter(
      (type): type is GraphQLCompositeType =>
        isCompositeType(type) && !type.name.startsWith('__') && !(isObjectType(type) && roots.includes(type)),
    );
  }

  selections(type: GraphQLCompositeType, depth: number): Arbitrary<readonly Selection[]> {
    const key = `${type.name} ${depth}`;
    let made = this.known.get(key);
    if (!made) this.known.set(key, (made = fc.array(this.selection(type, depth), { minLength: 1, maxLength: 4 })));
    return made;
  }

  field(field: GraphQLField<unknown, unknown>, depth: number, conditionsOf = conditions): Arbitrary<Selection> {
    const named = getNamedType(field.type);
    return fc.record({
      kind: fc.constant('field' as const),
      name: fc.constant(field.name),
      alias: fc.oneof(
        { weight: field.args.length > 0 ? 1 : 6, arbitrary: fc.constant(null) },
        { weight: field.args.length > 0 ? 6 : 0, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom(...ALIASES) },
      ),
      args: argumentsOf(field.args),
      conditions: conditionsOf,
      selections: isCompositeType(named) ? this.selections(named, depth - 1) : fc.constant(null),
    });
  }

  private selection(type: GraphQLCompositeType, depth: number): Arbitrary<Selection> {
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    const possible = depth > 0 ? fields : fields.filter((field) => isLeafType(getNamedType(field.type)));
    const choices = [{ weight: 1, arbitrary: TYPENAME }];
    if (possible.length > 0) {
      const arbitrary = fc.constantFrom(...possible).chain((field) => this.field(field, depth));
      choices.push({ weight: 12, arbitrary });
    }
    if (depth > 0) choices.push({ weight: isObjectType(type) ? 2 : 8, arbitrary: this.fragment(type, depth - 1) });
    return fc.oneof(...choices);
  }

  private fragment(type: GraphQLCompositeType, depth: number): Arbitrary<Selection> {
    const overlapping = this.composites.filter((other) => doTypesOverlap(this.schema, type, other));
    return fc.constantFrom(type, ...overlapping).chain((on) =>
      fc.oneof(
        fc.record({
          kind: fc.constant('inline' as const),
          on: on === type ? fc.constantFrom(null, on.name) : fc.constant(on.name),
          conditions,
          selections: this.selections(on, depth),
        }),
        fc.record({
          kind: fc.constant('fragment' as const),
          on: fc.constant(on.name),
          spreads: fc.array(conditions, { minLength: 1, maxLength: 2 }),
          selections: this.selections(on, depth),
        }),
      ),
    );
  }
}

const TYPENAME: Arbitrary<Selection> = fc.record({
  kind: fc.constant('field' as const),
  name: fc.constant('__typename'),
  alias: fc.constantFrom(null, 'a', 't'),
  args: fc.constant([]),
  conditions,
  selections: fc.constant(null),
});

function argumentsOf(args: readonly GraphQLArgument[]): Arbitrary<readonly (readonly [string, Input])[]> {
  return fc
    .tuple(
      ...args.map(({ name, type, defaultValue }) => {
        const given = input(type).map((value) => [[name, value] as const]);
        if (isNonNullType(type) && defaultValue === undefined) return given;
        return fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 3, arbitrary: given });
      }),
    )
    .map((given) => given.flat());
}
