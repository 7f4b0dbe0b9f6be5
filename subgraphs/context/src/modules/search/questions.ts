import { warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import { EmbeddingFailure, type EmbeddingModel } from '../embeddings/embedding-model.ts';
import type { Meaning } from './vector-store.ts';

/** A search waits so long for the model, and goes on without it. */
export const QUESTION_DEADLINE_MS = 2_000;
/** A model that has failed is not asked for so long. */
const REST_MS = 5_000;

/** What searches mean, by the model that has embedded the layers. */
export class Questions {
  readonly model: string;
  private restsUntil = 0;
  private readonly warnOfFailure: WarnSeldom;

  constructor(
    private readonly embeddings: EmbeddingModel,
    logger: Logger,
  ) {
    this.model = embeddings.key;
    this.warnOfFailure = warnSeldom(logger, 'a search went on without the model for embeddings');
  }

  /** Null within two seconds when the model does not say. */
  async meaningOf(text: string): Promise<Meaning | null> {
    if (performance.now() < this.restsUntil) return null;
    try {
      const [vector] = await this.embeddings.embed([text], { deadlineMs: QUESTION_DEADLINE_MS, retries: 0 });
      return vector ? { model: this.model, vector } : null;
    } catch (error) {
      if (!(error instanceof EmbeddingFailure)) throw error;
      if (!error.ofInput) this.restsUntil = performance.now() + REST_MS;
      this.warnOfFailure({ err: error });
      return null;
    }
  }
}
