import type { Viewer } from '@flowmesh/platform/access';
import { SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { CHUNK_LENGTH } from '../embeddings/chunks.ts';
import { candidatesSql, LAYERS, type SearchQuery } from './candidates.ts';
import { FOUND, highlighted } from './highlight.ts';

/** A layer that was found. */
export interface FoundLayer {
  readonly layerId: string;
  readonly contextId: string;
  readonly score: number;
}

/** What an excerpt is to be made of: the whole of a layer, or what stands from a character on. */
export interface ExcerptPlace {
  readonly layerId: string;
  readonly startsAt: number | null;
}

const HEADLINE = `StartSel="${FOUND.start}", StopSel="${FOUND.stop}", MaxWords=30, MinWords=10, MaxFragments=2, FragmentDelimiter=" … "`;
/** Highlights are made of the beginning of a text: making them takes time with its length. */
const HIGHLIGHTED = 50_000;

/** Full-text search of PostgreSQL, and search by the value at a place. */
export class SearchStore {
  constructor(private readonly pool: Pool) {}

  /** The most relevant first; without a text the most recently changed first. */
  async search(viewer: Viewer, query: SearchQuery, limit: number): Promise<FoundLayer[]> {
    const parameters = new SqlParameters();
    const { questions, join, score } = this.textSql(query, parameters);
    const { data, where } = candidatesSql(viewer, query, parameters);
    const { rows } = await this.pool.query<FoundLayer>(
      `${questions} select l.id as "layerId", c.id as "contextId", (${score})::float8 as score
       from ${LAYERS} ${data} ${join} where ${where}
       order by score desc, l.updated_at desc, l.id limit ${parameters.add(limit)}`,
      parameters.values,
    );
    return rows;
  }

  /** Excerpts around the words, which are marked, by the ids of the layers. */
  async excerpts(text: string, places: readonly ExcerptPlace[]): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ layerId: string; excerpt: string }>(
      `select l.id as "layerId", ts_headline(c.language::regconfig,
         case when p.starts_at is null then left(l.search_text, ${HIGHLIGHTED})
              else substring(l.search_text from p.starts_at + 1 for ${CHUNK_LENGTH}) end,
         websearch_to_tsquery(c.language::regconfig, $1), '${HEADLINE}') as excerpt
       from unnest($2::text[], $3::int[]) p(layer_id, starts_at)
       join context_layers l on l.id = p.layer_id join contexts c on c.id = l.context_id`,
      [text, places.map(({ layerId }) => layerId), places.map(({ startsAt }) => startsAt)],
    );
    return new Map(rows.map(({ layerId, excerpt }) => [layerId, highlighted(excerpt)]));
  }

  /** How many of the layers among which the query looks have no embeddings of this model yet. */
  async notEmbedded(viewer: Viewer, query: SearchQuery, model: string): Promise<number> {
    const parameters = new SqlParameters();
    const { data, where } = candidatesSql(viewer, query, parameters);
    const { rows } = await this.pool.query<{ count: number }>(
      `select count(*)::int as count from ${LAYERS} join context_embeddings e on e.layer_id = l.id ${data}
       where (e.model = ${parameters.add(model)}) is not true and ${where}`,
      parameters.values,
    );
    return rows[0]?.count ?? 0;
  }

  /** One question for each language in use, so that the index serves them all. */
  private textSql({ text }: SearchQuery, parameters: SqlParameters) {
    if (text === null) return { questions: '', join: '', score: '0' };
    return {
      // Materialized: else PostgreSQL reads the text again for each layer.
      questions: `with questions as materialized (
        select d.language, websearch_to_tsquery(d.language::regconfig, ${parameters.add(text)}) as asked
        from (select distinct language from contexts) d)`,
      join: `join questions q on q.language = c.language and l.search @@ q.asked`,
      score: 'ts_rank_cd(l.search, q.asked, 32)',
    };
  }
}
