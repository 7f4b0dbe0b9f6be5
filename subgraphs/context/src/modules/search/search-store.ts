import type { Viewer } from '@flowmesh/platform/access';
import { SqlConditions, SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { visibleSql } from '../contexts/context-access.ts';
import { FOUND, highlighted } from './highlight.ts';

/** What is looked for; at least one of `text` and `path`. */
export interface SearchQuery {
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

export interface FoundLayer {
  readonly layerId: string;
  readonly contextId: string;
  readonly score: number;
  readonly highlight: string | null;
}

const HEADLINE = `StartSel="${FOUND.start}", StopSel="${FOUND.stop}", MaxWords=30, MinWords=10, MaxFragments=2, FragmentDelimiter=" … "`;
/** Highlights are made of the beginning of a text: making them takes time with its length. */
const HIGHLIGHTED = 50_000;

/** Full-text search of PostgreSQL, and search by the value at a place. */
export class SearchStore {
  constructor(private readonly pool: Pool) {}

  async search(viewer: Viewer, query: SearchQuery, limit: number): Promise<FoundLayer[]> {
    const parameters = new SqlParameters();
    const { sql, score, asked } = this.textSql(query, parameters);
    const conditions = new SqlConditions(parameters)
      .add((contextId) => `c.id = ${contextId}`, query.contextId)
      .add((type) => `c.type = ${type}`, query.type)
      .add((tags) => `c.tags @> ${tags}::text[]`, query.tags?.length ? query.tags : null)
      .add((layerType) => `l.layer_type = ${layerType}`, query.layerType)
      .add((statuses) => `c.status::text = any(${statuses}::text[])`, query.statuses)
      .add((path) => `v.data #> ${path}::text[] is not null`, query.path)
      .add((value) => `v.data #> ${parameters.add(query.path)}::text[] = ${value}::jsonb`, query.equals);
    const { rows } = await this.pool.query<FoundLayer>(
      `select f."layerId", f."contextId", f.score,
         ${asked ? `ts_headline(f.language::regconfig, left(f.text, ${HIGHLIGHTED}), f.asked, '${HEADLINE}')` : 'null'} as highlight
       from (
         select l.id as "layerId", c.id as "contextId", (${score})::float8 as score, c.language, l.search_text as text,
                (${asked ?? 'null'})::tsquery as asked, l.updated_at
         from contexts c join context_layers l on l.context_id = c.id ${sql}
         join context_layer_versions v on v.layer_id = l.id and v.version = l.version
         where ${conditions.toString()} and ${visibleSql(viewer, parameters)}
           and (l.expires_at is null or l.expires_at > now())
         order by score desc, l.updated_at desc, l.id limit ${parameters.add(limit)}
       ) f order by f.score desc, f.updated_at desc, f."layerId"`,
      parameters.values,
    );
    return rows.map((row) => ({ ...row, highlight: row.highlight === null ? null : highlighted(row.highlight) }));
  }

  /** One question for each language in use, so that the index serves them all. */
  private textSql({ text }: SearchQuery, parameters: SqlParameters) {
    if (text === null) return { sql: '', score: '0', asked: null };
    const placeholder = parameters.add(text);
    const questions = `(select d.language, websearch_to_tsquery(d.language::regconfig, ${placeholder}) as asked
      from (select distinct language from contexts) d)`;
    return {
      sql: `join ${questions} q on q.language = c.language and l.search @@ q.asked`,
      score: 'ts_rank_cd(l.search, q.asked, 32)',
      asked: 'q.asked',
    };
  }
}
