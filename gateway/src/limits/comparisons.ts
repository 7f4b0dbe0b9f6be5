import { Kind, type DocumentNode, type FieldNode, type SelectionSetNode } from 'graphql';
import { fragmentsOf, type Fragments } from './fragments.ts';

/**
 * The number of pairs of selections that validation compares, counted to slightly more than `most`: any two fields with
 * the same response name in the same place must be compatible, and so must their selections, with fragments expanded.
 * For documents without cycles.
 */
export function comparisonsOf(document: DocumentNode, most: number): number {
  const fragments = fragmentsOf(document);
  let comparisons = 0;

  function compare(sets: readonly SelectionSetNode[]): void {
    const { fields, spreads } = merged(sets, fragments);
    comparisons += spreads ** 2;
    for (const equal of fields) {
      if (comparisons > most) return;
      comparisons += equal.length ** 2;
      const below = equal.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) compare(below);
    }
  }

  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) compare([definition.selectionSet]);
  }
  return comparisons;
}

/** The fields of these sets, grouped by response name, and the number of fragments they come from. */
function merged(sets: readonly SelectionSetNode[], fragments: Fragments) {
  const fields = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const equal = fields.get(name);
        if (equal) equal.push(selection);
        else fields.set(name, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  for (const set of sets) collect(set);
  return { fields: fields.values(), spreads: spread.size };
}
