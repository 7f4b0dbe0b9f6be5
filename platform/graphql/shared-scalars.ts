import { DateTimeResolver } from 'graphql-scalars';
import { JSONObjectScalar, JSONScalar } from './json-scalars.ts';

/** The scalars of shared.graphql, as every subgraph reads and writes them. */
export const SHARED_SCALARS = { DateTime: DateTimeResolver, JSON: JSONScalar, JSONObject: JSONObjectScalar };
