import { buildSubgraphSchema as buildApolloSubgraphSchema } from '@apollo/subgraph';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper';
import { boundFilters } from './filter-limits.ts';
import { readAccessRules, type AccessRules } from '../access/index.ts';
import { SHARED_SCALARS } from './shared-scalars.ts';
import { paceSchema } from '../turns/index.ts';

/** Resolvers by type and field. Types of the fields come from each subgraph's generated code. */
export type ResolverMap = Readonly<Record<string, object>>;

export interface SubgraphSchema {
  readonly schema: GraphQLSchema;
  readonly accessRules: AccessRules;
}

/**
 * An executable subgraph schema with the scalars all share. Throws when a root field has no resolver or any field no
 * access rule: what is in the SDL works, and somebody has decided who may use it. Large answers are executed in turns.
 */
export function buildSubgraphSchema(typeDefs: DocumentNode, resolvers: ResolverMap): SubgraphSchema {
  const accessRules = readAccessRules(typeDefs);
  const all = { ...SHARED_SCALARS, ...resolvers };
  // The library's own type asks for resolvers without knowing the schema's; ours are checked by generated types.
  const schema = buildApolloSubgraphSchema([{ typeDefs, resolvers: all as GraphQLResolverMap<unknown> }]);
  assertRootFieldsResolve(schema, resolvers);
  boundFilters(schema);
  paceSchema(schema);
  return { schema, accessRules };
}

function assertRootFieldsResolve(schema: GraphQLSchema, resolvers: ResolverMap): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const missing = roots.flatMap((type) => {
    if (!type) return [];
    const present = new Set(Object.keys(resolvers[type.name] ?? {}));
    return Object.keys(type.getFields())
      .filter((field) => !field.startsWith('_') && !present.has(field))
      .map((field) => `${type.name}.${field}`);
  });
  if (missing.length > 0) throw new Error(`Root fields without a resolver: ${missing.join(', ')}`);
}
