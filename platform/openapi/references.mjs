import { isObject } from './read-document.mjs';

const MAX_STEPS = 20;

/** Why an operation cannot be taken over. */
export class Unsupported extends Error {}

/** What a reference within the document leads to. References to other documents are never followed. */
export function target(document, reference) {
  if (typeof reference !== 'string') throw new Unsupported('a reference is not a text');
  if (reference !== '#' && !reference.startsWith('#/')) {
    throw new Unsupported(`it refers to another document, which is not read: ${reference.slice(0, 200)}`);
  }
  let found = document;
  for (const step of reference.split('/').slice(1)) {
    const key = decodeStep(step);
    found = typeof found === 'object' && found !== null && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  if (found === undefined) throw new Unsupported(`the reference ${reference.slice(0, 200)} leads nowhere`);
  return found;
}

function decodeStep(step) {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    throw new Unsupported('a reference is not a JSON Pointer');
  }
}

/** The object itself, or the one that its references lead to. */
export function followed(document, given) {
  let value = given;
  for (let step = 0; isObject(value) && typeof value.$ref === 'string'; step += 1) {
    if (step === MAX_STEPS) throw new Unsupported(`the reference ${value.$ref.slice(0, 200)} leads in a circle`);
    value = target(document, value.$ref);
  }
  if (!isObject(value)) throw new Unsupported('an object is missing');
  return value;
}
