import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { id, jsonValue, name, parseArgument, tags, text } from '@flowmesh/platform/validation';
import { Pointer } from 'rfc6902';
import { z } from 'zod';
import { pointer } from '../layers/layer-input.ts';
import type { SearchQuery } from './candidates.ts';
import { fused } from './fusion.ts';
import type { Questions } from './questions.ts';
import type { FoundLayer, SearchStore } from './search-store.ts';
import { searchWords, wantedAndExcluded } from './search-words.ts';
import type { VectorStore } from './vector-store.ts';

/** Any of these is enough to look for, without a text. */
const FILTERS = ['path', 'type', 'tags', 'layerType'] as const;

/** The empty path is a place, too: the whole of the data. */
const isGiven = (value: string | readonly string[] | null | undefined): boolean =>
  typeof value === 'string' || (value ?? []).length > 0;

const SIMILARITY = 'must be from 0 to 1';

const shape = z
  .object({
    text: text({ max: 1_000 }).nullish(),
    path: pointer.nullish(),
    equals: jsonValue({ maxBytes: 10_000 }).optional(),
    contextId: id().nullish(),
    type: name({ min: 1, max: 100 }).nullish(),
    tags: tags().nullish(),
    layerType: name({ min: 1, max: 100 }).nullish(),
    includeArchived: z.boolean().nullish(),
    wordsOnly: z.boolean().nullish(),
    minSimilarity: z.number(SIMILARITY).min(0, SIMILARITY).max(1, SIMILARITY).nullish(),
  })
  .refine((given) => Boolean(given.text?.trim()) || FILTERS.some((name) => isGiven(given[name])), {
    message: `must be given, or one of ${FILTERS.join(', ')}`,
    path: ['text'],
  })
  .refine(({ equals, path }) => equals === undefined || path != null, { message: 'is for `path`', path: ['equals'] });

export type SearchInput = z.input<typeof shape>;

export type SemanticState = 'USED' | 'NOT_CONFIGURED' | 'UNAVAILABLE' | 'NOT_ASKED';

/** What search by meaning had to do with an answer. */
export interface SemanticOutcome {
  readonly state: SemanticState;
  /** Null: nothing was compared. */
  readonly allCompared: boolean | null;
  /** Counted when it is asked for; null without a model. */
  readonly notEmbedded: () => Promise<number | null>;
}

export interface SearchHit extends FoundLayer {
  readonly highlight: string | null;
  /** Null without a text. */
  readonly foundBy: FoundBy | null;
  /** Cosine; null for what meaning has not found. */
  readonly similarity: number | null;
}

export type FoundBy = 'WORDS' | 'MEANING' | 'BOTH';

export interface SearchOutcome {
  readonly hits: SearchHit[];
  readonly method: 'FULL_TEXT' | 'HYBRID' | 'FILTER';
  readonly semantic: SemanticOutcome;
}

/** So many of each ranking are fused, and at least as many as are asked for. */
const FUSED = 100;

export interface SearchServiceParts {
  readonly store: SearchStore;
  readonly vectors: VectorStore;
  /** Null: no model is configured. */
  readonly questions: Questions | null;
}

/** Finds layers of contexts the viewer may see: by words, and by meaning where there is a model for it. */
export class SearchService {
  constructor(private readonly parts: SearchServiceParts) {}

  async search(viewer: Viewer, input: SearchInput, first: number): Promise<SearchOutcome> {
    const { text: words, path, equals, wordsOnly, minSimilarity, ...given } = parseArgument('input', shape, input);
    if (!Number.isInteger(first) || first < 1 || first > 100) throw badInput('first', 'must be from 1 to 100');
    const asked = words?.trim() || null;
    const query: SearchQuery = {
      text: asked === null ? null : searchWords(asked),
      path: path == null ? null : Pointer.fromJSON(path).tokens.slice(1),
      equals: equals === undefined ? null : JSON.stringify(equals),
      contextId: given.contextId ?? null,
      type: given.type ?? null,
      tags: given.tags ?? null,
      layerType: given.layerType ?? null,
      statuses: given.includeArchived ? ['ACTIVE', 'INACTIVE', 'ARCHIVED'] : ['ACTIVE', 'INACTIVE'],
    };
    const { store, questions } = this.parts;
    const notEmbedded = async () => (questions ? store.notEmbedded(viewer, query, questions.model) : null);
    if (query.text === null) {
      const found = await store.search(viewer, query, first);
      const hits = found.map((layer) => ({ ...layer, highlight: null, foundBy: null, similarity: null }));
      return { hits, method: 'FILTER', semantic: { state: 'NOT_ASKED', allCompared: null, notEmbedded } };
    }
    const { wanted, excluded } = wantedAndExcluded(query.text);
    const semantic = wordsOnly || wanted === null ? null : await this.byMeaning(viewer, query, wanted, excluded, first);
    if (!semantic?.close) {
      const hits = await this.withExcerpts(query.text, await store.search(viewer, query, first), new Map());
      const state = semantic?.state ?? 'NOT_ASKED';
      const byWords = hits.map((hit) => ({ ...hit, foundBy: 'WORDS' as const, similarity: null }));
      return { hits: byWords, method: 'FULL_TEXT', semantic: { state, allCompared: null, notEmbedded } };
    }
    const { words: byWords } = semantic;
    const isClose = ({ similarity }: { readonly similarity: number }) => similarity >= (minSimilarity ?? -1);
    const close = { ...semantic.close, layers: semantic.close.layers.filter(isClose) };
    const contexts = new Map([...close.layers, ...byWords].map(({ layerId, contextId }) => [layerId, contextId]));
    const best = fused([byWords, close.layers].map((ranking) => ranking.map(({ layerId }) => layerId))).slice(0, first);
    const found = best.map(({ id: layerId, score }) => ({ layerId, score, contextId: contexts.get(layerId) ?? '' }));
    const withWords = new Set(byWords.map(({ layerId }) => layerId));
    const places = close.layers.filter(({ layerId }) => !withWords.has(layerId));
    const excerpts = await this.withExcerpts(
      query.text,
      found,
      new Map(places.map(({ layerId, startsAt }) => [layerId, startsAt])),
    );
    const similarities = new Map(close.layers.map(({ layerId, similarity }) => [layerId, similarity]));
    const hits = excerpts.map((hit): SearchHit => {
      const similarity = similarities.get(hit.layerId) ?? null;
      if (similarity === null) return { ...hit, foundBy: 'WORDS', similarity };
      return { ...hit, foundBy: withWords.has(hit.layerId) ? 'BOTH' : 'MEANING', similarity };
    });
    return { hits, method: 'HYBRID', semantic: { state: 'USED', allCompared: close.allCompared, notEmbedded } };
  }

  /** Both rankings, or why there is none by meaning. */
  private async byMeaning(viewer: Viewer, query: SearchQuery, wanted: string, excluded: string | null, first: number) {
    const { store, vectors, questions } = this.parts;
    if (questions === null) return { state: 'NOT_CONFIGURED', close: null } as const;
    const limit = Math.max(FUSED, first);
    const meaning = await questions.meaningOf(wanted);
    if (meaning === null) return { state: 'UNAVAILABLE', close: null } as const;
    const [words, close] = await Promise.all([
      store.search(viewer, query, limit),
      vectors.closest(viewer, { ...meaning, among: query, excluded }, limit),
    ]);
    return { state: 'USED', words, close } as const;
  }

  /** `chunks`: where the closest chunk begins in layers that were found by meaning only. */
  private async withExcerpts(text: string, found: readonly FoundLayer[], chunks: ReadonlyMap<string, number>) {
    const places = found.map(({ layerId }) => ({ layerId, startsAt: chunks.get(layerId) ?? null }));
    const excerpts = await this.parts.store.excerpts(text, places);
    return found.map((layer) => ({ ...layer, highlight: excerpts.get(layer.layerId) ?? null }));
  }
}
