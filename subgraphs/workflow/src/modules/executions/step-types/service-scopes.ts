/** Those of the starter's scopes on services that concern these, e.g. `integration`: each service is shown its own. */
export const scopesOn = (scopes: readonly string[], ...resources: readonly string[]): string[] =>
  scopes.filter((scope) => resources.some((resource) => scope.startsWith(`${resource}:`)));
