/**
 * A loader for each set of arguments that a field is asked with: a page of parents reads the field of all of them in one
 * go. Arguments are compared as JSON.
 */
export function perArguments<Arguments, Loader>(create: (args: Arguments) => Loader): (args: Arguments) => Loader {
  const known = new Map<string, Loader>();
  return (args) => {
    const key = JSON.stringify(args);
    const loader = known.get(key) ?? create(args);
    known.set(key, loader);
    return loader;
  };
}
