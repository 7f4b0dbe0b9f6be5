import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { embeddingSettings } from './embedding-config.ts';
import { EmbeddingModel } from './embedding-model.ts';
import { EmbeddingStore } from './embedding-store.ts';
import { EmbeddingWorker } from './embedding-worker.ts';

/** What search by meaning works with. */
export interface Embeddings {
  readonly model: EmbeddingModel;
  /** Whether vectors can be compared by pgvector; known once the domain has started. */
  readonly pgvector: () => boolean;
}

/** Null: the operator has configured no model. */
export function createEmbeddings(domain: OpenDomain): Embeddings | null {
  const config = domain.config.settings.of(embeddingSettings);
  if (config === null) return null;
  const { pool, logger } = domain;
  // Who operates the product has named this host, so it may be inside the network.
  const model = new EmbeddingModel(config, domain.openHttp([new URL(config.url).hostname.replace(/^\[|\]$/g, '')]));
  const store = new EmbeddingStore(pool);
  let pgvector = false;
  domain.prepare(async () => {
    pgvector = await store.preparePgvector();
  });
  domain.inWorkers('embeddings', new EmbeddingWorker({ store, model, logger }));
  return { model, pgvector: () => pgvector };
}
