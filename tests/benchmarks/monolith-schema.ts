import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloGateway } from '@apollo/gateway';
import type { CallContext } from '@flowmesh/platform/federation';
import type { Subgraph } from '@flowmesh/platform/subgraph';
import { isObjectType, type GraphQLFieldResolver, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { ROOT } from '../harness/test-config.ts';

/** Contexts of one operation, by subgraph. */
export type MonolithContext = ReadonlyMap<string, object>;

type Resolver = GraphQLFieldResolver<unknown, unknown>;
type ResolveReference = (reference: object, context: object, info: unknown) => unknown;

export function createContexts(subgraphs: readonly Subgraph[], call: CallContext): MonolithContext {
  return new Map(subgraphs.map((subgraph) => [subgraph.name, subgraph.createContext(call)]));
}

/**
 * One schema without federation from the resolvers of all subgraphs: a field is resolved by the subgraph its parent
 * came from, and where that has only the key of an entity, the entity is read from its own subgraph first.
 */
export async function monolithSchema(subgraphs: readonly Subgraph[]): Promise<GraphQLSchema> {
  const supergraphSdl = readFileSync(join(ROOT, 'gateway/__generated__/supergraph.graphql'), 'utf8');
  const gateway = new ApolloGateway({ supergraphSdl, buildService: () => ({ process: async () => ({}) }) });
  const { schema } = await gateway.load();
  const origins = new WeakMap<object, string>();
  const entities = new WeakMap<object, Promise<unknown>>();

  const mark = (value: unknown, origin: string): void => {
    if (Array.isArray(value)) for (const item of value) mark(item, origin);
    else if (typeof value === 'object' && value !== null && !origins.has(value)) origins.set(value, origin);
  };
  const typeIn = (subgraph: Subgraph, name: string): GraphQLObjectType | undefined => {
    const type = subgraph.schema.getType(name);
    return isObjectType(type) ? type : undefined;
  };

  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const owners = new Map<string, Resolver>();
      for (const subgraph of subgraphs) {
        const found = typeIn(subgraph, type.name)?.getFields()[field.name];
        if (found) owners.set(subgraph.name, (found.resolve as Resolver | undefined) ?? defaultResolver);
      }
      const home = subgraphs.find((subgraph) => owners.has(subgraph.name) && referenceOf(typeIn(subgraph, type.name)));
      const resolveReference = home && referenceOf(typeIn(home, type.name));
      field.resolve = async (parent: unknown, args, context: MonolithContext, info) => {
        const origin = typeof parent === 'object' && parent !== null ? origins.get(parent) : undefined;
        let from = origin !== undefined && owners.has(origin) ? origin : (home?.name ?? [...owners.keys()][0]!);
        let source = parent;
        if (origin !== undefined && from !== origin && resolveReference) {
          const known = entities.get(parent as object);
          const reading =
            known ??
            Promise.resolve(
              resolveReference({ ...(parent as object), __typename: type.name }, context.get(from)!, info),
            );
          entities.set(parent as object, reading);
          source = await reading;
          mark(source, from);
        }
        from = owners.has(from) ? from : [...owners.keys()][0]!;
        const value = await owners.get(from)!(source, args, context.get(from), info);
        mark(value, from);
        return value;
      };
    }
  }
  return schema;
}

const defaultResolver: Resolver = (source, args, context, info) => {
  const value = (source as Record<string, unknown> | null)?.[info.fieldName];
  return typeof value === 'function'
    ? (value as (...all: unknown[]) => unknown).call(source, args, context, info)
    : value;
};

function referenceOf(type: GraphQLObjectType | undefined): ResolveReference | undefined {
  const apollo = type?.extensions['apollo'] as { subgraph?: { resolveReference?: ResolveReference } } | undefined;
  return apollo?.subgraph?.resolveReference;
}
