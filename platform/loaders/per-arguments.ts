/**
 * One data loader for each combination of arguments of a field, so that the field is read for a whole page of parents at
 * once. Arguments are compared as JSON.
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
