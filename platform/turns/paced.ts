import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';
import type { Turns } from './turns.ts';

/** What an object costs besides its fields, in fields. */
const OBJECT = 3;

type Fragments = GraphQLResolveInfo['fragments'];
type Asked = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/**
 * The value of a field, so that graphql-js executes what is below it in turns: objects for which there is no time in
 * this turn become promises of them. What is answered stays the same; what comes later takes its turn when it comes.
 */
export function paced(value: unknown, asked: Asked, turns: Turns): unknown {
  if (isPromise(value)) return value.then((come) => paced(come, asked, turns));
  if (typeof value !== 'object' || value === null) return value;
  const weight = weightOf(asked);
  if (!Array.isArray(value)) return inTurn(value, weight, turns);
  if (!hasSelections(asked)) return inTurn(value, value.length, turns);
  const whole = weight * value.length;
  // A page waits as one: a promise for each of its objects would be work, too.
  if (whole <= turns.perTurn && !value.some(isPromise)) return inTurn(value, whole, turns);
  return value.map((item: unknown) =>
    isPromise(item) ? item.then((come) => inTurn(come, weight, turns)) : inTurn(item, weight, turns),
  );
}

function inTurn<T>(value: T, weight: number, turns: Turns): T | Promise<T> {
  const wait = turns.take(weight);
  return wait ? wait.then(() => value) : value;
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as Promise<unknown> | null | undefined)?.then === 'function';

const hasSelections = ({ fieldNodes }: Asked): boolean => fieldNodes[0]?.selectionSet !== undefined;

function weightOf({ fieldNodes, fragments }: Asked): number {
  let weight = OBJECT;
  for (const { selectionSet } of fieldNodes) if (selectionSet) weight += fieldsOf(selectionSet, fragments);
  return weight;
}

const counted = new WeakMap<SelectionSetNode, number>();

/** Fields that are executed of one object at most, with fragments written out. Documents are kept, and so is this. */
function fieldsOf(selectionSet: SelectionSetNode, fragments: Fragments): number {
  const known = counted.get(selectionSet);
  if (known !== undefined) return known;
  let fields = 0;
  for (const selection of selectionSet.selections) {
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value] : selection;
    if (fragment?.kind === Kind.FIELD) fields += 1;
    else if (fragment) fields += fieldsOf(fragment.selectionSet, fragments);
  }
  counted.set(selectionSet, fields);
  return fields;
}
