import { inTransaction, onlyRow } from '@flowmesh/platform/database';
import type { Pool } from 'pg';

/** A claim holds so long; who works renews it with each call of the model. */
const CLAIM_SECONDS = 45;
/** A layer that the model refuses waits up to six hours between two attempts. */
const FIRST_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 21_600;

/** A layer to be embedded, as it was when it was claimed. */
export interface ClaimedLayer {
  readonly layerId: string;
  readonly version: number;
  readonly text: string;
}

export interface EmbeddedChunk {
  readonly startsAt: number;
  readonly vector: readonly number[];
}

/**
 * Which layers wait for embeddings, and their embeddings. The trigger `embed_context_layer` adds them. Claims are leases:
 * what a process does not finish is due again when its claim runs out, and its results are refused from then on, as they
 * are once the layer has changed.
 */
export class EmbeddingStore {
  constructor(private readonly pool: Pool) {}

  /** Up to so many that are due, the longest waiting first. Contexts in the bin are not embedded. */
  async claim(claim: string, limit: number): Promise<ClaimedLayer[]> {
    const { rows } = await this.pool.query<ClaimedLayer>(
      `with due as (
         select w.layer_id from context_embeddings w
         join context_layers l on l.id = w.layer_id join contexts c on c.id = l.context_id
         where w.model is null and w.due_at <= clock_timestamp() and c.status <> 'DELETED'
         order by w.due_at limit $2 for update of w skip locked
       ), claimed as (
         update context_embeddings e set claim = $1, attempts = e.attempts + 1,
           due_at = clock_timestamp() + interval '${CLAIM_SECONDS} seconds'
         from due where e.layer_id = due.layer_id and e.model is null and e.due_at <= clock_timestamp()
         returning e.layer_id, e.version)
       select e.layer_id as "layerId", e.version, l.search_text as text
       from claimed e join context_layers l on l.id = e.layer_id and l.version = e.version`,
      [claim, limit],
    );
    return rows;
  }

  async renew(claim: string): Promise<void> {
    await this.pool.query(
      `update context_embeddings set due_at = clock_timestamp() + interval '${CLAIM_SECONDS} seconds' where claim = $1`,
      [claim],
    );
  }

  /** Keeps the embeddings of a layer; false, without doing so, when it has changed since or the claim is another's. */
  async save(
    claim: string,
    model: string,
    { layerId, version }: ClaimedLayer,
    chunks: readonly EmbeddedChunk[],
  ): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rowCount } = await tx.query(
        `update context_embeddings set model = $4, dimensions = $5, claim = null, attempts = 0
         where layer_id = $1 and version = $2 and claim = $3`,
        [layerId, version, claim, model, chunks[0]?.vector.length ?? null],
      );
      if (rowCount === 0) return false;
      await tx.query('delete from context_layer_chunks where layer_id = $1', [layerId]);
      await tx.query(
        `insert into context_layer_chunks (layer_id, place, starts_at, embedding)
         select $1, k.place - 1, k.starts_at, k.vector::real[]
         from unnest($2::int[], $3::text[]) with ordinality k(starts_at, vector, place)`,
        [layerId, chunks.map(({ startsAt }) => startsAt), chunks.map(({ vector }) => realsOf(vector))],
      );
      return true;
    });
  }

  /** Gives back what was claimed, untried. */
  async release(claim: string): Promise<void> {
    await this.pool.query(
      'update context_embeddings set claim = null, attempts = attempts - 1, due_at = clock_timestamp() where claim = $1',
      [claim],
    );
  }

  /** The model refuses this version of the layer: it is tried again later, each time after twice as long. */
  async refused(claim: string, { layerId, version }: ClaimedLayer): Promise<void> {
    await this.pool.query(
      `update context_embeddings set claim = null, due_at = clock_timestamp() + interval '1 second' *
         least(${LONGEST_WAIT_SECONDS}, ${FIRST_WAIT_SECONDS} * 2 ^ least(attempts - 1, 20))
       where layer_id = $1 and version = $2 and claim = $3`,
      [layerId, version, claim],
    );
  }

  /** Lets up to so many layers wait again that were embedded by another model; how many. */
  async forgetOthers(model: string, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `with others as (
         select layer_id from context_embeddings where model < $1 or model > $1 limit $2 for update skip locked
       )
       update context_embeddings e
       set model = null, dimensions = null, attempts = 0, due_at = clock_timestamp(), claim = null
       from others where e.layer_id = others.layer_id`,
      [model, limit],
    );
    return rowCount ?? 0;
  }

  /**
   * Whether vectors can be compared by pgvector. Makes its extension in this database where the server has it and lets the
   * domain's user do so.
   */
  async preparePgvector(): Promise<boolean> {
    const isThere = async () =>
      onlyRow(
        (
          await this.pool.query<{ installed: boolean; available: boolean }>(
            `select exists(select 1 from pg_extension where extname = 'vector') as installed,
                    exists(select 1 from pg_available_extensions where name = 'vector') as available`,
          )
        ).rows,
      );
    const { installed, available } = await isThere();
    if (installed || !available) return installed;
    // Another process may make it at the same time, and only one of them succeeds.
    await this.pool.query('create extension if not exists vector').catch(() => undefined);
    return (await isThere()).installed;
  }
}

/** Numbers as PostgreSQL reads an array. */
export const realsOf = (vector: readonly number[]): string => `{${vector.join(',')}}`;
