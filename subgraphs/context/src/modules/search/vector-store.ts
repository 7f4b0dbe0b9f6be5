import type { Viewer } from '@flowmesh/platform/access';
import { SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { realsOf } from '../embeddings/embedding-store.ts';
import { candidatesSql, LAYERS, type SearchQuery } from './candidates.ts';

/** So many chunks are compared with a question, those of the most recently changed layers first. */
export const MOST_COMPARED = { pgvector: 50_000, plain: 2_000 } as const;

/** A vector, and the model whose it is. */
export interface Meaning {
  readonly model: string;
  readonly vector: readonly number[];
}

/** What is looked for by meaning, among what the query leaves. */
export interface VectorQuery extends Meaning {
  readonly among: SearchQuery;
  /** What is not to be found, for `websearch_to_tsquery`: layers that have any of it are left out. */
  readonly excluded: string | null;
}

/** A layer, and where in its text the closest chunk begins. */
export interface CloseLayer {
  readonly layerId: string;
  readonly contextId: string;
  readonly startsAt: number;
  /** Cosine of that chunk and the question. */
  readonly similarity: number;
}

export interface CloseLayers {
  /** The closest first. */
  readonly layers: readonly CloseLayer[];
  /** False: there were more chunks than are compared. */
  readonly allCompared: boolean;
}

/** Cosine distance of an embedding, for vectors of length 1; `asked` is an array. */
const DISTANCE = {
  pgvector: (asked: string) => `embedding::vector <=> ${asked}::real[]::vector`,
  plain: (asked: string) =>
    `1 - (select sum(a::float8 * b) from unnest(embedding, ${asked}::float8[]) as both_numbers(a, b))`,
} as const;

/**
 * Layers by how close the closest of their chunks is to a question. Exact over what filters and permissions leave, as far
 * as chunks are compared; the database compares, so this process has nothing to compute.
 */
export class VectorStore {
  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    private readonly pgvector: () => boolean,
    private readonly mostCompared: Readonly<Record<keyof typeof DISTANCE, number>> = MOST_COMPARED,
  ) {}

  async closest(viewer: Viewer, query: VectorQuery, limit: number): Promise<CloseLayers> {
    const { model, vector, among } = query;
    const by = this.pgvector() ? 'pgvector' : 'plain';
    const most = this.mostCompared[by];
    const parameters = new SqlParameters();
    const { data, where } = candidatesSql(viewer, among, parameters);
    const wanted = wantedSql(query, parameters);
    // Chunks are numbered in the order in which they are compared.
    const { rows } = await this.pool.query<CloseLayer & { compared: number }>(
      `with chunks as materialized (
         select l.id as "layerId", c.id as "contextId", k.starts_at as "startsAt", k.embedding,
           row_number() over (order by l.updated_at desc, l.id, k.place)::int as n
         from ${LAYERS} ${data}
         join context_embeddings e on e.layer_id = l.id and e.version = l.version
           and e.model = ${parameters.add(model)} and e.dimensions = ${parameters.add(vector.length)}
         join context_layer_chunks k on k.layer_id = l.id
         where ${where} and ${wanted}
         order by n limit ${parameters.add(most + 1)}),
       distances as (
         select "layerId", "contextId", "startsAt", n, (${DISTANCE[by](parameters.add(realsOf(vector)))})::float8 as distance
         from chunks where n <= ${most}),
       closest as (select distinct on ("layerId") * from distances order by "layerId", distance, n)
       select "layerId", "contextId", "startsAt", 1 - distance as similarity, (select count(*)::int from chunks) as compared
       from closest order by distance, n limit ${parameters.add(limit)}`,
      parameters.values,
    );
    const layers = rows.map(({ layerId, contextId, startsAt, similarity }) => ({
      layerId,
      contextId,
      startsAt,
      similarity,
    }));
    return { layers, allCompared: (rows[0]?.compared ?? 0) <= most };
  }
}

/** What has nothing of what is excluded. */
function wantedSql({ excluded }: VectorQuery, parameters: SqlParameters): string {
  if (excluded === null) return 'true';
  return `not l.search @@ websearch_to_tsquery(c.language::regconfig, ${parameters.add(excluded)})`;
}
