import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { Embeddings } from '../embeddings/embeddings.ts';
import { Questions } from './questions.ts';
import { SearchService } from './search-service.ts';
import { SearchStore } from './search-store.ts';
import { VectorStore } from './vector-store.ts';

/** Search by words and, with a model for embeddings, by meaning. */
export function createSearch({ pool, logger }: OpenDomain, embeddings: Embeddings | null): SearchService {
  return new SearchService({
    store: new SearchStore(pool),
    vectors: new VectorStore(pool, embeddings?.pgvector ?? (() => false)),
    questions: embeddings && new Questions(embeddings.model, logger),
  });
}
