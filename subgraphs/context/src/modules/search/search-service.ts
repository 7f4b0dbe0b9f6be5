import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { id, jsonValue, name, parseArgument, tags, text } from '@flowmesh/platform/validation';
import { Pointer } from 'rfc6902';
import { z } from 'zod';
import { pointer } from '../layers/layer-input.ts';
import type { FoundLayer, SearchStore } from './search-store.ts';
import { searchWords } from './search-words.ts';

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
  })
  .refine(({ text: words, path }) => Boolean(words?.trim()) || path != null, {
    message: 'must be given, or `path`',
    path: ['text'],
  })
  .refine(({ equals, path }) => equals === undefined || path != null, { message: 'is for `path`', path: ['equals'] });

export type SearchInput = z.input<typeof shape>;

export interface SearchOutcome {
  readonly hits: FoundLayer[];
  readonly method: 'FULL_TEXT' | 'FILTER';
}

/** Finds layers of contexts the viewer may see. */
export class SearchService {
  constructor(private readonly store: SearchStore) {}

  async search(viewer: Viewer, input: SearchInput, first: number): Promise<SearchOutcome> {
    const { text: words, path, equals, ...given } = parseArgument('input', shape, input);
    if (!Number.isInteger(first) || first < 1 || first > 100) throw badInput('first', 'must be from 1 to 100');
    const asked = words?.trim() || null;
    const hits = await this.store.search(
      viewer,
      {
        text: asked === null ? null : searchWords(asked),
        path: path == null ? null : Pointer.fromJSON(path).tokens.slice(1),
        equals: equals === undefined ? null : JSON.stringify(equals),
        contextId: given.contextId ?? null,
        type: given.type ?? null,
        tags: given.tags ?? null,
        layerType: given.layerType ?? null,
        statuses: given.includeArchived ? ['ACTIVE', 'INACTIVE', 'ARCHIVED'] : ['ACTIVE', 'INACTIVE'],
      },
      first,
    );
    return { hits, method: asked === null ? 'FILTER' : 'FULL_TEXT' };
  }
}
