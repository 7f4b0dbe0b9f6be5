const MAX_CACHED = 500;

/** What `compile` has made of the texts that were used last. */
export function compiledCache(compile) {
  const compiled = new Map();
  return (text) => {
    const known = compiled.get(text);
    const entry = known ?? compile(text);
    compiled.delete(text);
    compiled.set(text, entry);
    if (compiled.size > MAX_CACHED) compiled.delete(compiled.keys().next().value);
    return entry;
  };
}
