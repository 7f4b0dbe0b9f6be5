import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, visit } from 'graphql';

/**
 * Every scope with what it allows, sorted: what the subgraphs' `scopes.json` say. Throws with all at once when an
 * `@access` rule names one that none explains, or two explain the same.
 */
export function readScopeCatalogue(folders, supergraph) {
  const catalogue = new Map();
  const problems = [];
  for (const { folder } of folders) {
    const file = join(folder, 'scopes.json');
    if (!existsSync(file)) continue;
    for (const [scope, description] of Object.entries(JSON.parse(readFileSync(file, 'utf8')))) {
      if (!/^[a-z][a-z-]*:[a-z][a-z-]*$/.test(scope)) problems.push(`${file}: ${scope} is not resource:action.`);
      if (catalogue.has(scope)) problems.push(`${file}: ${scope} is explained by another subgraph, too.`);
      catalogue.set(scope, description);
    }
  }
  for (const scope of scopesOfRules(supergraph)) {
    if (!catalogue.has(scope))
      problems.push(`${scope} is used by an @access rule: say in a scopes.json what it allows.`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return Object.fromEntries([...catalogue].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function scopesOfRules(supergraph) {
  const scopes = new Set();
  visit(supergraph, {
    [Kind.DIRECTIVE]: (directive) => {
      if (directive.name.value !== 'access') return;
      visit(directive, { [Kind.STRING]: ({ value }) => void scopes.add(value) });
    },
  });
  return scopes;
}
