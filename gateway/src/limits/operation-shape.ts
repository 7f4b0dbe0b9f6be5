import {
  GraphQLError,
  Kind,
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { ErrorCode } from '@flowmesh/platform/errors';
import type { GatewayLimits } from '../gateway-config.ts';
import { comparisonsOf } from './comparisons.ts';
import { fragmentsOf, type Fragments } from './fragments.ts';

/** The measures of a selection set with all fragments expanded. */
interface Shape {
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  readonly depth: number;
}

const EMPTY: Shape = { fields: 0, aliases: 0, directives: 0, depth: 0 };

/** The words for each measure in the message of an exceeded limit. */
const WORDS = {
  depth: 'levels of depth',
  fields: 'fields, with each fragment written out where it is spread',
  aliases: 'aliases',
  directives: 'directives',
  rootFields: 'fields at its root',
} as const;

/**
 * Comparing more pairs of fields would take longer than all other checks. A hundred fragments with the same fields stay
 * far below.
 */
const MAX_COMPARISONS = 100_000;
/** Validation checks all of them, whichever is executed. */
const MAX_OPERATIONS = 50;

/**
 * The first limit that an operation of the document exceeds, or null. Takes time proportional to the size of the
 * document, because each fragment is measured once, however often it is spread. Must run before anything that expands
 * fragments.
 */
export function shapeProblem(document: DocumentNode, limits: GatewayLimits): GraphQLError | null {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operations.length > MAX_OPERATIONS) {
    return refusal(document, `A document may have at most ${MAX_OPERATIONS} operations; this one has more.`);
  }
  const fragments = fragmentsOf(document);
  const { measure, cycles } = createMeasure(fragments);
  for (const operation of document.definitions) {
    if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
    const shape = { ...measure(operation), rootFields: rootFieldsOf(operation, fragments) };
    for (const limit of Object.keys(WORDS) as (keyof typeof WORDS)[]) {
      if (shape[limit] > limits[limit]) return tooMuch(operation, limit, limits[limit]);
    }
  }
  const [cycle] = cycles;
  if (cycle) return refusal(cycle, `Cannot spread fragment "${cycle.name.value}" within itself.`);
  if (comparisonsOf(document, MAX_COMPARISONS) <= MAX_COMPARISONS) return null;
  return refusal(document, 'The document has too many fields of the same name in the same place; ask for each once.');
}

function tooMuch(operation: OperationDefinitionNode, limit: keyof typeof WORDS, most: number): GraphQLError {
  return refusal(
    operation,
    `An operation may have at most ${most.toLocaleString('en')} ${WORDS[limit]}; this one has more.`,
  );
}

function refusal(node: ASTNode, message: string): GraphQLError {
  return new GraphQLError(message, { nodes: [node], extensions: { code: ErrorCode.validationFailed } });
}

function createMeasure(fragments: Fragments) {
  const measured = new Map<string, Shape>();
  const open = new Set<string>();
  /** Fragments that contain themselves. */
  const cycles = new Set<FragmentDefinitionNode>();

  function shapeOf({ selections }: SelectionSetNode): Shape {
    let [fields, aliases, directives, depth] = [0, 0, 0, 0];
    for (const selection of selections) {
      const shape = shapeOfSelection(selection);
      fields += shape.fields;
      aliases += shape.aliases;
      directives += shape.directives + (selection.directives?.length ?? 0);
      depth = Math.max(depth, shape.depth);
    }
    return { fields, aliases, directives, depth };
  }

  function shapeOfSelection(selection: SelectionNode): Shape {
    if (selection.kind === Kind.FIELD) return shapeOfField(selection);
    // A spread counts as a field: expanding it takes time even if it is empty.
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT ? shapeOf(selection.selectionSet) : shapeOfFragment(selection.name.value);
    return { ...inner, fields: inner.fields + 1 };
  }

  function shapeOfField({ name, alias, selectionSet }: FieldNode): Shape {
    const inner = selectionSet ? shapeOf(selectionSet) : EMPTY;
    return {
      fields: inner.fields + 1,
      aliases: inner.aliases + (alias ? 1 : 0),
      directives: inner.directives,
      depth: name.value.startsWith('__') ? 1 : inner.depth + 1,
    };
  }

  function shapeOfFragment(name: string): Shape {
    const known = measured.get(name);
    const fragment = fragments.get(name);
    if (known || !fragment) return known ?? EMPTY;
    if (open.has(name)) {
      cycles.add(fragment);
      return EMPTY;
    }
    open.add(name);
    const shape = shapeOf(fragment.selectionSet);
    measured.set(name, shape);
    return shape;
  }

  const measure = ({ selectionSet, directives }: OperationDefinitionNode): Shape => {
    const shape = shapeOf(selectionSet);
    return { ...shape, directives: shape.directives + (directives?.length ?? 0) };
  };
  return { measure, cycles };
}

/** Equal fields are merged, so they count once. */
function rootFieldsOf({ selectionSet }: OperationDefinitionNode, fragments: Fragments): number {
  const names = new Set<string>();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add((selection.alias ?? selection.name).value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(selectionSet);
  return names.size;
}
