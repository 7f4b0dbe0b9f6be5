/** What the library gives a value; a test compares it with the library. */
export const BUILT_IN = new Set(
  `sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad match
  contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power
  random boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each error assert
  type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl eval
  toMillis fromMillis clone now millis`.split(/\s+/),
);

/**
 * The first variable or function that nothing in the expression gives a value: a slip of the pen, for which the library
 * would give nothing at all. Where in the expression a value is given plays no part. Null when there is none.
 */
export function unknownVariable(root) {
  const read = [];
  const given = new Set(BUILT_IN);
  const walk = (node) => {
    if (typeof node !== 'object' || node === null) return;
    if (node.type === 'variable') read.push(node);
    if (node.type === 'bind') given.add(node.lhs.value);
    if (node.type === 'lambda') for (const { value } of node.arguments) given.add(value);
    // `@$name` and `#$name` of a step, the latter also behind a filter.
    for (const name of [node.focus, node.index, node.type === 'index' ? node.value : undefined]) given.add(name);
    for (const child of Object.values(node)) walk(child);
  };
  walk(root);
  // `$` and `$$` are the input.
  const found = read.find(({ value }) => value !== '' && value !== '$' && !given.has(value));
  return found ? { name: `$${found.value}`, position: Math.max(0, found.position - found.value.length - 1) } : null;
}
