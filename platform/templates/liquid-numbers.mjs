import { Drop } from 'liquidjs';

// Filters that compute. The library takes for 0 whatever is no number, so that a price of "12,50" costs nothing.

/** Filters of the library, and how many numbers they take besides the one they are applied to. */
export const NUMBER_FILTERS = {
  abs: 0,
  ceil: 0,
  floor: 0,
  round: 1,
  plus: 1,
  minus: 1,
  times: 1,
  divided_by: 1,
  modulo: 1,
  at_least: 1,
  at_most: 1,
};

const NUMBER = /^\s*[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?\s*$/i;
const MAX_QUOTED = 40;

function isNumber(value) {
  const plain = value instanceof Drop ? value.valueOf() : value;
  return typeof plain === 'number' || (typeof plain === 'string' && NUMBER.test(plain));
}

const quote = (value) => (JSON.stringify(value) ?? 'nothing').slice(0, MAX_QUOTED);

function refuseOthers(name, values) {
  const other = values.find((value) => !isNumber(value));
  if (values.every(isNumber)) return;
  const advice = other === undefined || other === null ? ': write | default: 0 before it where it may be missing' : '';
  throw new Error(`${quote(other)} is no number, which ${name} needs${advice}`);
}

/** The filter `name` of the library for numbers; throws where one of them is none, or the result. */
export function numberFilter(name, libraryFilter) {
  return function (value, ...given) {
    refuseOthers(name, [value, ...given.slice(0, NUMBER_FILTERS[name])]);
    const result = libraryFilter.call(this, value, ...given);
    if (Number.isFinite(result)) return result;
    throw new Error(`${quote(value)} | ${name}: ${given.map(quote).join(', ')} is no number`);
  };
}

/** The filter `sum`, made of the library's `sum` and `map`. */
export function sumFilter(librarySum, libraryMap) {
  return function* sum(list, property) {
    const items = property === undefined ? [list ?? []].flat() : yield* libraryMap.call(this, list, property);
    refuseOthers('sum', items);
    const total = yield* librarySum.call(this, items);
    if (Number.isFinite(total)) return total;
    throw new Error(`the sum ${total} is no number`);
  };
}
