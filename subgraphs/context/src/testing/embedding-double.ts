import { HttpDouble, sendJson, type HttpCall } from '@flowmesh/platform/testing';

export const EMBEDDING_KEY = 'sk-embeddings-of-the-tests';

/** Words that mean the same: each list is a direction. */
const MEANINGS = [
  ['car', 'automobile', 'vehicle', 'engine'],
  ['dog', 'puppy', 'hound', 'pet'],
  ['invoice', 'bill', 'payment', 'money'],
  ['rain', 'storm', 'weather', 'cloud'],
];

/** How much of each meaning a text has; the last number is that of texts without any. */
export function vectorOf(text: string, dimensions = MEANINGS.length + 1): number[] {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const counts = MEANINGS.map((meaning) => words.filter((word) => meaning.includes(word)).length);
  return [...counts, 0.1].slice(-dimensions);
}

interface Asked {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format: string;
  readonly dimensions?: number;
}

export const askedOf = ({ body }: HttpCall): Asked => JSON.parse(body) as Asked;

/** What is wrong with a request, by the API's reference; null: nothing. */
function problemOf({ method, path, headers, body }: HttpCall): readonly [status: number, message: string] | null {
  if (method !== 'POST' || path !== '/v1/embeddings') return [404, 'no such route'];
  if (headers.authorization !== `Bearer ${EMBEDDING_KEY}`) return [401, 'wrong key'];
  if (headers['content-type'] !== 'application/json') return [415, 'not JSON'];
  const { model, input, encoding_format: format, dimensions, ...others } = JSON.parse(body) as Record<string, unknown>;
  const isRight =
    typeof model === 'string' &&
    Array.isArray(input) &&
    input.length > 0 &&
    input.length <= 2_048 &&
    input.every((text) => typeof text === 'string' && text !== '' && text.length <= 8_000) &&
    format === 'float' &&
    (dimensions === undefined || Number.isInteger(dimensions)) &&
    Object.keys(others).length === 0;
  return isRight ? null : [400, `not a request for embeddings: ${body.slice(0, 200)}`];
}

/** An OpenAI-compatible API for embeddings, which is strict about what it is asked. */
export class EmbeddingDouble {
  /** Answers instead, when it gives true. */
  instead: ((call: HttpCall) => boolean) | null = null;

  private constructor(readonly http: HttpDouble) {}

  static async start(): Promise<EmbeddingDouble> {
    const http = await HttpDouble.start((call, response) => {
      const problem = problemOf(call);
      if (problem) return sendJson(response, { error: { message: problem[1] } }, problem[0]);
      if (double.instead?.(call)) return;
      const { input, model, dimensions } = askedOf(call);
      if (input.some((text) => text.includes('unspeakable'))) {
        return sendJson(response, { error: { message: 'this is not embedded' } }, 400);
      }
      const data = input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text, dimensions) }));
      sendJson(response, { object: 'list', data, model, usage: { prompt_tokens: 1, total_tokens: 1 } });
    });
    const double = new EmbeddingDouble(http);
    return double;
  }

  /** Settings of a process that uses it. */
  settings(model = 'meanings-1'): Record<string, string> {
    return {
      CONTEXT_EMBEDDING_URL: `${this.http.url}/v1`,
      CONTEXT_EMBEDDING_MODEL: model,
      CONTEXT_EMBEDDING_API_KEY: EMBEDDING_KEY,
    };
  }

  /** Texts that were embedded by a model, in the order of the calls. */
  textsOf(model: string): string[] {
    return this.http.calls
      .map(askedOf)
      .filter((asked) => asked.model === model)
      .flatMap(({ input }) => input);
  }

  stop(): Promise<void> {
    return this.http.stop();
  }
}
