import { Kind, visit, type DocumentNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { badInput, type PublicError } from '@flowmesh/platform/errors';
import type { GatewayLimits } from '../gateway-config.ts';
import { fragmentsOf, type Fragments } from './fragments.ts';
import type { Variables } from './variables.ts';

type Uses = ReadonlyMap<string, number>;

/** How often an operation uses each variable, with fragments expanded. */
function usesIn(operation: OperationDefinitionNode, fragments: Fragments): Uses {
  const known = new Map<string, Uses>();

  function usesOf(set: SelectionSetNode): Uses {
    const uses = new Map<string, number>();
    const add = (name: string, times: number) => uses.set(name, (uses.get(name) ?? 0) + times);
    visit(set, {
      [Kind.VARIABLE]: ({ name }) => add(name.value, 1),
      [Kind.FRAGMENT_SPREAD]: ({ name }) => {
        for (const [variable, times] of usesOfFragment(name.value)) add(variable, times);
      },
    });
    return uses;
  }

  function usesOfFragment(name: string): Uses {
    let uses = known.get(name);
    if (!uses) {
      const fragment = fragments.get(name);
      known.set(name, (uses = fragment ? usesOf(fragment.selectionSet) : new Map()));
    }
    return uses;
  }

  return usesOf(operation.selectionSet);
}

/** Counts of values and characters. */
function sizeOf(value: unknown): { values: number; characters: number } {
  const size = { values: 0, characters: 0 };
  const add = (inner: unknown): void => {
    size.values += 1;
    if (typeof inner === 'string') size.characters += inner.length;
    if (typeof inner !== 'object' || inner === null) return;
    for (const [key, each] of Object.entries(inner)) {
      if (!Array.isArray(inner)) size.characters += key.length;
      add(each);
    }
  };
  add(value);
  return size;
}

/**
 * Limits the total size of variables over all their uses: a variable that is used a hundred times is a hundred times as
 * much work for the readers of arguments. Depth and number must have been checked before.
 */
export function createUseLimit(limits: GatewayLimits) {
  const known = new WeakMap<OperationDefinitionNode, Uses>();
  return (document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): PublicError | null => {
    let uses = known.get(operation);
    if (!uses) known.set(operation, (uses = usesIn(operation, fragmentsOf(document))));
    let [values, characters] = [0, 0];
    for (const [name, times] of uses) {
      if (times < 2 || !Object.hasOwn(variables, name)) continue;
      const size = sizeOf(variables[name]);
      values += size.values * times;
      characters += size.characters * times;
      if (values > limits.variableValues || characters > limits.bodyBytes) {
        return badInput(
          name,
          `is too large to stand in ${times.toLocaleString('en')} places; send less, or ask for less at once`,
        );
      }
    }
    return null;
  };
}
