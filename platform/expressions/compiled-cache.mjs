import { LRUCache } from 'lru-cache';

/** The syntax tree of a long expression takes some hundred bytes for each character. */
const MAX_CHARACTERS = 100_000;

/** What `compile` has made of the texts that were used last. */
export function compiledCache(compile) {
  const compiled = new LRUCache({ maxSize: MAX_CHARACTERS, sizeCalculation: (_value, text) => text.length + 10 });
  return {
    has: (text) => compiled.has(text),
    get(text) {
      const entry = compiled.get(text) ?? compile(text);
      compiled.set(text, entry);
      return entry;
    },
  };
}
