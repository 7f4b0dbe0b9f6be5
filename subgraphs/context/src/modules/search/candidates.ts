import type { Viewer } from '@flowmesh/platform/access';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import { visibleSql } from '../contexts/context-access.ts';

/** What is looked for. */
export interface SearchQuery {
  /** As `websearch_to_tsquery` is to get it. */
  readonly text: string | null;
  /** Keys from the outside to the inside. */
  readonly path: readonly string[] | null;
  /** JSON text of the value at `path`; null: any. */
  readonly equals: string | null;
  readonly contextId: string | null;
  readonly type: string | null;
  readonly tags: readonly string[] | null;
  readonly layerType: string | null;
  readonly statuses: readonly string[];
}

/** The layers of contexts, before anything is left out. */
export const LAYERS = 'contexts c join context_layers l on l.context_id = c.id';

/** What PostgreSQL takes for an index of a list, also `-1` and `01`. */
const INTEGER = /^\s*[+-]?\d+$/;
/** What RFC 6901 takes for one. */
const INDEX = /^(?:0|[1-9]\d*)$/;

/**
 * How much of the path leads to what must be an object, as the next key is an index to PostgreSQL and none to RFC 6901;
 * null where nothing does.
 */
function onlyInObjects(path: readonly string[]): readonly number[] | null {
  const lengths = path.flatMap((key, at) => (INTEGER.test(key) && !INDEX.test(key) ? [at] : []));
  return lengths.length > 0 ? lengths : null;
}

/**
 * Which of `LAYERS` every search looks among: what the viewer may see and the filters leave, whatever the words are; and
 * the data that this takes, as a join. The one place that says so.
 */
export function candidatesSql(
  viewer: Viewer,
  query: SearchQuery,
  parameters: SqlParameters,
): { readonly data: string; readonly where: string } {
  const conditions = new SqlConditions(parameters)
    .add((contextId) => `c.id = ${contextId}`, query.contextId)
    .add((type) => `c.type = ${type}`, query.type)
    .add((tags) => `c.tags @> ${tags}::text[]`, query.tags?.length ? query.tags : null)
    .add((layerType) => `l.layer_type = ${layerType}`, query.layerType)
    .add((statuses) => `c.status::text = any(${statuses}::text[])`, query.statuses)
    .add((path) => `v.data #> ${path}::text[] is not null`, query.path)
    .add(
      (lengths) => `(select bool_and(jsonb_typeof(v.data #> (${parameters.add(query.path)}::text[])[1:n]) = 'object')
        from unnest(${lengths}::int[]) n)`,
      onlyInObjects(query.path ?? []),
    )
    .add((value) => `v.data #> ${parameters.add(query.path)}::text[] = ${value}::jsonb`, query.equals);
  const data = 'join context_layer_versions v on v.layer_id = l.id and v.version = l.version';
  return {
    data: query.path === null ? '' : data,
    where: `${conditions.toString()} and ${visibleSql(viewer, parameters)}
      and (l.expires_at is null or l.expires_at > now())`,
  };
}
