import { Kind, visit, type DocumentNode } from 'graphql';
import { badInput } from '@flowmesh/platform/errors';

const LONE_SURROGATE = /\p{Surrogate}/u;
const MAX_DEPTH = 64;

function problemOf(text: string): string | null {
  if (text.includes('\u0000')) return 'contains the NUL character, which cannot be stored';
  return LONE_SURROGATE.test(text) ? 'contains half of a surrogate pair; send valid Unicode' : null;
}

function findProblem(value: unknown, path: string, depth: number): { path: string; problem: string } | null {
  if (typeof value === 'string') {
    const problem = problemOf(value);
    return problem ? { path, problem } : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH) return { path, problem: `is nested deeper than ${MAX_DEPTH} levels` };
  for (const [key, child] of Object.entries(value)) {
    const childPath = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const found = problemOf(key)
      ? { path, problem: 'has a key with NUL or invalid Unicode' }
      : findProblem(child, childPath, depth + 1);
    if (found) return found;
  }
  return null;
}

/** Refuses text no database can store, wherever it stands in the variables; names the place. */
export function assertPlainVariables(variables: Readonly<Record<string, unknown>> | null | undefined): void {
  for (const [name, value] of Object.entries(variables ?? {})) {
    const found = findProblem(value, name, 0);
    if (found) throw badInput(found.path, found.problem);
  }
}

/** The same for literals; once per document. */
export function assertPlainLiterals(document: DocumentNode): void {
  visit(document, {
    [Kind.STRING]: ({ value }) => {
      const problem = problemOf(value);
      if (problem) throw badInput('query', `a string in it ${problem}`);
    },
  });
}
