import {
  Kind,
  parse,
  valueFromASTUntyped,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type TypeNode,
} from 'graphql';
import type { GraphQLRequest } from './source.ts';

/** Tells of a mutation whether it is answered only when its work has ended, which may take as long as the work may. */
export type AsksToWait = (request: GraphQLRequest) => boolean;

/** When a field of Mutation waits: always, or when one of these is true. */
type Wait = 'always' | readonly { readonly argument: string; readonly field: string }[];

/** Reads from an SDL document (a subgraph's or the supergraph's) which mutations `@waits` says to wait. */
export function readWaits(sdl: DocumentNode): AsksToWait {
  const waits = readMutations(sdl);
  const names = [...waits.keys()];
  return ({ query, variables = {} }) => {
    // Most name none of them, and need not be parsed.
    if (!names.some((name) => query.includes(name))) return false;
    let found = false;
    visit(parse(query, { noLocation: true }), {
      OperationDefinition: ({ operation }) => (operation === 'mutation' ? undefined : false),
      FragmentDefinition: ({ typeCondition }) => (typeCondition.name.value === 'Mutation' ? undefined : false),
      Field({ name, arguments: given = [] }) {
        const wait = waits.get(name.value) ?? [];
        // Defaults of variables are the caller's to fill in.
        const valueOf = (argument: string): unknown => {
          const node = given.find((each) => each.name.value === argument);
          return node && valueFromASTUntyped(node.value, variables);
        };
        found ||= wait === 'always' || wait.some(({ argument, field }) => isTrue(valueOf(argument), field));
        // What is below has begun when this has been answered.
        return false;
      },
    });
    return found;
  };
}

const isTrue = (input: unknown, field: string): boolean =>
  (input as Readonly<Record<string, unknown>> | null | undefined)?.[field] === true;

function readMutations(sdl: DocumentNode): ReadonlyMap<string, Wait> {
  const inputs = new Map<string, string[]>();
  for (const definition of sdl.definitions) {
    if (definition.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) continue;
    const fields = (definition.fields ?? []).filter(isMarked).map(({ name }) => name.value);
    if (fields.length > 0) inputs.set(definition.name.value, fields);
  }
  const waits = new Map<string, Wait>();
  for (const definition of sdl.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    if (definition.name.value !== 'Mutation') continue;
    for (const field of definition.fields ?? []) {
      const conditions = (field.arguments ?? []).flatMap(({ name, type }) =>
        (inputs.get(namedType(type)) ?? []).map((each) => ({ argument: name.value, field: each })),
      );
      if (isMarked(field)) waits.set(field.name.value, 'always');
      else if (conditions.length > 0) waits.set(field.name.value, conditions);
    }
  }
  return waits;
}

const isMarked = ({ directives = [] }: { readonly directives?: readonly ConstDirectiveNode[] | undefined }): boolean =>
  directives.some(({ name }) => name.value === 'waits');

const namedType = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type));
