import { httpAddress, matching, setting, settingsGroup, wholeNumber } from '@flowmesh/platform/config';

/** The model that embeds layers. */
export interface EmbeddingConfig {
  /** Of the API, without a slash at the end. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | null;
  /** How many numbers a vector is to have; null: as many as the model gives. */
  readonly dimensions: number | null;
}

/** Vectors of pgvector have 16,000 dimensions at most; models give up to 4,096. */
const MAX_DIMENSIONS = 4_096;

/** What search by meaning needs. */
export const embeddingSettings = settingsGroup({
  name: 'embeddings',
  title: 'Search by meaning',
  about:
    'With a model for embeddings, `searchContexts` also finds what means the same in other words. The texts of all contexts are sent to the model.',
  settings: {
    CONTEXT_EMBEDDING_URL: setting(httpAddress, {
      otherwise: 'contexts are searched by words only',
      meaning:
        'Address of an OpenAI-compatible API for embeddings, up to `/embeddings`, e.g. `https://api.openai.com/v1`. Its host may be inside your network. Set it together with `CONTEXT_EMBEDDING_MODEL`.',
    }),
    CONTEXT_EMBEDDING_MODEL: setting(
      matching(/^[\x21-\x7e]{1,200}$/, 'the name of a model, e.g. text-embedding-3-small'),
      {
        otherwise: 'contexts are searched by words only',
        meaning:
          'The model at this address. When you change it, all layers are embedded anew; until then, those that are not are found by words only. Must be the same in all processes.',
      },
    ),
    CONTEXT_EMBEDDING_API_KEY: setting(matching(/^[\x21-\x7e]{1,1000}$/, 'a key of 1 to 1,000 visible characters'), {
      otherwise: 'no key is sent',
      secret: 'all',
      meaning: 'API key of the model’s server, sent as a bearer token.',
    }),
    CONTEXT_EMBEDDING_DIMENSIONS: setting(wholeNumber(1, MAX_DIMENSIONS), {
      otherwise: 'as many as the model gives',
      meaning:
        'How many numbers each vector is to have, for models that let the caller choose. When you change it, all layers are embedded anew.',
    }),
  },
  check: ({ CONTEXT_EMBEDDING_URL: url, CONTEXT_EMBEDDING_MODEL: model, ...others }) => {
    const given = [url, model].filter((value) => value != null).length;
    if (given === 1) return ['CONTEXT_EMBEDDING_URL and CONTEXT_EMBEDDING_MODEL must be set together'];
    const lonely = Object.entries(others).filter(([, value]) => value != null);
    return given === 2 ? [] : lonely.map(([name]) => `${name} needs CONTEXT_EMBEDDING_URL and CONTEXT_EMBEDDING_MODEL`);
  },
  toConfig: (values): EmbeddingConfig | null =>
    values.CONTEXT_EMBEDDING_URL === null || values.CONTEXT_EMBEDDING_MODEL === null
      ? null
      : {
          url: values.CONTEXT_EMBEDDING_URL.replace(/\/+$/, ''),
          model: values.CONTEXT_EMBEDDING_MODEL,
          apiKey: values.CONTEXT_EMBEDDING_API_KEY,
          dimensions: values.CONTEXT_EMBEDDING_DIMENSIONS,
        },
});
