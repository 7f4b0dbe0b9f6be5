import type { IntegrationOperationResolvers } from '../../../__generated__/graphql.ts';
import { httpShapeOf } from '../../../clients/http/http-operation.ts';

export const IntegrationOperation: IntegrationOperationResolvers = {
  imported: ({ imported = false }) => imported,
  http: httpShapeOf,
};
