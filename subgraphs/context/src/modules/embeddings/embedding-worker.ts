import { newId } from '@flowmesh/platform/ids';
import { startRounds, type Rounds } from '@flowmesh/platform/lifecycle';
import { warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import { chunksOf } from './chunks.ts';
import { EmbeddingFailure, TEXTS_PER_CALL, type EmbeddingModel } from './embedding-model.ts';
import type { ClaimedLayer, EmbeddedChunk, EmbeddingStore } from './embedding-store.ts';

const POLL_MS = 1_000;
const LAYERS_AT_ONCE = 16;
const FORGOTTEN_AT_ONCE = 1_000;
/** Shorter than a claim holds. */
const CALL_DEADLINE_MS = 30_000;
const RETRIES = 2;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

export interface EmbeddingWorkerParts {
  readonly store: EmbeddingStore;
  readonly model: EmbeddingModel;
  readonly logger: Logger;
}

/**
 * Embeds layers in this process, some at a time; any number of processes may. What fails on the side of the model is not
 * tried again for a while, which becomes longer each time; a layer that the model refuses is set aside for as long, and holds
 * no other up.
 */
export class EmbeddingWorker {
  private rounds: Rounds | undefined;
  private readonly stopping = new AbortController();
  private readonly warnOfFailure: WarnSeldom;
  private pausedUntil = 0;
  private pauses = 0;

  constructor(private readonly parts: EmbeddingWorkerParts) {
    this.warnOfFailure = warnSeldom(parts.logger, 'layers of contexts could not be embedded');
  }

  start(): void {
    const { logger } = this.parts;
    this.rounds = startRounds({ name: 'embeddings', round: () => this.round(), pollMs: POLL_MS, logger });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.rounds?.stop();
  }

  private async round(): Promise<boolean> {
    if (performance.now() < this.pausedUntil) return false;
    const { store, model } = this.parts;
    const forgotten = await store.forgetOthers(model.key, FORGOTTEN_AT_ONCE);
    const claim = newId();
    const layers = await store.claim(claim, LAYERS_AT_ONCE);
    if (layers.length === 0) return forgotten > 0;
    try {
      await this.embedAll(claim, layers);
      this.pauses = 0;
      return true;
    } catch (error) {
      await store.release(claim);
      if (!(error instanceof EmbeddingFailure)) throw error;
      if (!this.stopping.signal.aborted) this.pause(error);
      return false;
    }
  }

  /** Throws what fails on the side of the model. */
  private async embedAll(claim: string, layers: readonly ClaimedLayer[]): Promise<void> {
    const { store } = this.parts;
    try {
      await this.embed(claim, layers);
    } catch (error) {
      if (!(error instanceof EmbeddingFailure && error.ofInput)) throw error;
      // One of them may be what the model does not take. When it takes none, the fault is not theirs.
      const refused: ClaimedLayer[] = [];
      for (const layer of layers) if (!(await this.accepted(claim, layer))) refused.push(layer);
      if (refused.length === layers.length && layers.length > 1) throw error;
      for (const layer of refused) await store.refused(claim, layer);
      this.warnOfFailure({ err: error, layers: refused.map(({ layerId }) => layerId) });
    }
  }

  private async accepted(claim: string, layer: ClaimedLayer): Promise<boolean> {
    try {
      await this.embed(claim, [layer]);
      return true;
    } catch (error) {
      if (error instanceof EmbeddingFailure && error.ofInput) return false;
      throw error;
    }
  }

  private async embed(claim: string, layers: readonly ClaimedLayer[]): Promise<void> {
    const { store, model } = this.parts;
    const chunks = layers.map(({ text }) => chunksOf(text));
    const texts = chunks.flat().map(({ text }) => text);
    const vectors: number[][] = [];
    for (let start = 0; start < texts.length; start += TEXTS_PER_CALL) {
      if (start > 0) await store.renew(claim);
      const call = { deadlineMs: CALL_DEADLINE_MS, retries: RETRIES, signal: this.stopping.signal };
      vectors.push(...(await model.embed(texts.slice(start, start + TEXTS_PER_CALL), call)));
    }
    for (const [index, layer] of layers.entries()) {
      const own = (chunks[index] ?? []).map(({ startsAt }): EmbeddedChunk => ({
        startsAt,
        vector: vectors.shift() ?? [],
      }));
      await store.save(claim, model.key, layer, own);
    }
  }

  private pause(error: EmbeddingFailure): void {
    const doubled = FIRST_PAUSE_MS * 2 ** Math.min(this.pauses++, 20);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(doubled, error.retryAfterMs ?? 0));
    this.pausedUntil = performance.now() + pauseMs;
    this.warnOfFailure({ err: error, pauseMs });
  }
}
