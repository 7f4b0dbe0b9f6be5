import { listOf, type Keyset, type PageArguments } from '@flowmesh/platform/connections';
import { parseArgument, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Preset } from './preset.ts';
import { PRESETS } from './presets.ts';

export interface PresetFilter {
  /** Part of the name, title or description, in any case. */
  readonly search?: string | null;
  readonly capability?: string | null;
}

export type PresetListArguments = PageArguments & { readonly filter?: PresetFilter | null };

const LIST = listOf({
  name: 'agentPresets',
  orders: { NAME: { field: 'name', type: 'string' } },
  orderBy: { field: 'NAME', direction: 'ASC' },
});

const filterShape = z.object({
  search: text({ max: 100 }).nullish(),
  capability: text({ max: 100 }).nullish(),
});

function matching({ search, capability }: PresetFilter): Preset[] {
  const part = search?.toLowerCase() ?? '';
  return PRESETS.filter(
    ({ name, title, description, capabilities }) =>
      [name, title, description].some((value) => value.toLowerCase().includes(part)) &&
      (capability == null || capabilities.includes(capability.trim())),
  ).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The presets are part of the program: a page is cut from the list in memory. */
const SOURCE = {
  page: async (filter: PresetFilter, { cursor, take }: Keyset<'name'>) =>
    matching(filter)
      .filter(({ name }) => cursor === null || name > String(cursor.value))
      .slice(0, take),
  count: async (filter: PresetFilter) => matching(filter).length,
};

/** Throws BAD_USER_INPUT for arguments that cannot be used. */
export const listPresets = ({ filter, ...page }: PresetListArguments) =>
  LIST.page(page, parseArgument('filter', filterShape, filter ?? {}), SOURCE);
