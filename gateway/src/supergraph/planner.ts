import { operationFromDocument, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import type { DocumentNode } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';

/** What is to be fetched from whom, in which order; undefined when nothing is. Plain data. */
export type PlanRoot = QueryPlan['node'];

/** Plans a valid document of one operation. Viewers take turns. */
export type Planner = (document: DocumentNode, viewer: Viewer) => Promise<PlanRoot>;

/** Plans on the thread of the caller, which waits meanwhile. */
export function createPlanner(supergraph: Supergraph): Planner {
  const apiSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);
  return async (document) => {
    const operation = operationFromDocument(apiSchema, document, { validate: false });
    return planner.buildQueryPlan(operation).node;
  };
}
