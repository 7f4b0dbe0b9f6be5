import { GuardedHttpError, retryAfterMs, type GuardedHttp } from '@flowmesh/platform/http';
import type { EmbeddingConfig } from './embedding-config.ts';

/** Why there are no embeddings. The message is for the operator's log. */
export class EmbeddingFailure extends Error {
  constructor(
    message: string,
    /** It lies in what was to be embedded; else nothing can be embedded now. */
    readonly ofInput: boolean,
    /** The server asked for so long a pause. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EmbeddingFailure';
  }
}

export interface EmbeddingCall {
  /** For everything, repetitions included. */
  readonly deadlineMs: number;
  /** How often a call is repeated that may work the next time. */
  readonly retries: number;
  readonly signal?: AbortSignal;
}

/** Texts in one request; most servers take more. */
export const TEXTS_PER_CALL = 64;
/** Numbers are written with up to 20 characters. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const INPUT_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);

/** A model behind an OpenAI-compatible API. The library loads with the first call. */
export class EmbeddingModel {
  /** Names the vector space: vectors of different keys are never compared. */
  readonly key: string;

  constructor(
    private readonly config: EmbeddingConfig,
    private readonly http: GuardedHttp,
  ) {
    this.key = config.dimensions === null ? config.model : `${config.model} (${config.dimensions})`;
  }

  /**
   * The vectors of at most 64 texts, in their order, each of length 1 and all with as many numbers. Throws
   * `EmbeddingFailure`.
   */
  async embed(texts: readonly string[], { deadlineMs, retries, signal }: EmbeddingCall): Promise<number[][]> {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const { embedMany } = await import('ai');
    const { url: baseURL, model, apiKey, dimensions } = this.config;
    const deadline = AbortSignal.timeout(deadlineMs);
    const abortSignal = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const provider = createOpenAICompatible({
      name: 'embeddings',
      baseURL,
      apiKey: apiKey ?? undefined,
      fetch: this.http.fetchWith({ deadlineMs, maxBytes: MAX_ANSWER_BYTES, signal: abortSignal }),
    });
    try {
      const { embeddings } = await embedMany({
        model: provider.embeddingModel(model),
        values: [...texts],
        maxRetries: retries,
        abortSignal,
        ...(dimensions !== null && { providerOptions: { embeddings: { dimensions } } }),
      });
      return vectors(embeddings, texts.length, dimensions);
    } catch (error) {
      throw deadline.aborted
        ? new EmbeddingFailure(`There was no answer within ${deadlineMs} ms.`, false)
        : await toFailure(error);
    }
  }
}

function vectors(embeddings: readonly number[][], count: number, dimensions: number | null): number[][] {
  if (embeddings.length !== count) {
    throw new EmbeddingFailure(`The model gave ${embeddings.length} vectors for ${count} texts.`, false);
  }
  const length = dimensions ?? embeddings[0]?.length ?? 0;
  return embeddings.map((numbers) => {
    const size = Math.hypot(...numbers);
    if (numbers.length !== length || !(size > 0 && size < Infinity)) {
      throw new EmbeddingFailure(
        `The model gave a vector of ${numbers.length} numbers and length ${size} where ${length} numbers were expected.`,
        false,
      );
    }
    return numbers.map((number) => number / size);
  });
}

async function toFailure(error: unknown): Promise<EmbeddingFailure> {
  if (error instanceof EmbeddingFailure) return error;
  const { APICallError, RetryError } = await import('ai');
  const last = RetryError.isInstance(error) ? error.lastError : error;
  for (let at: unknown = last; at instanceof Error; at = at.cause) {
    if (at instanceof GuardedHttpError) return new EmbeddingFailure(at.message, false, undefined, { cause: at });
  }
  if (APICallError.isInstance(last)) {
    const { statusCode = 0, responseHeaders = {} } = last;
    const message = `The model’s server answered ${statusCode || 'nothing usable'}: ${last.message}`;
    const pauseMs = retryAfterMs(responseHeaders['retry-after'] ?? null);
    // What the library reports of the call has the texts: they do not belong in a log.
    return new EmbeddingFailure(message, INPUT_STATUSES.has(statusCode), pauseMs);
  }
  return new EmbeddingFailure(last instanceof Error ? last.message : 'The model failed.', false);
}
