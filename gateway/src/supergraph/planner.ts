import { operationFromDocument, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import type { DocumentNode } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';

/** The fetches from subgraphs and their order; undefined if there are none. Plain data. */
export type PlanRoot = QueryPlan['node'];

/** Plans a valid document with one operation. Viewers are served in turns. */
export type Planner = (document: DocumentNode, viewer: Viewer) => Promise<PlanRoot>;

/** Plans synchronously on the caller's thread. */
export function createPlanner(supergraph: Supergraph): Planner {
  const apiSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);
  return async (document) => {
    const operation = operationFromDocument(apiSchema, document, { validate: false });
    return planner.buildQueryPlan(operation).node;
  };
}
