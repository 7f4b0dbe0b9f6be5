import { isDeepStrictEqual } from 'node:util';
import { checkSchemas } from '@flowmesh/platform/json-schema';
import type { OpenApiDocument, OpenApiOperation } from '@flowmesh/platform/openapi';
import type { Requester } from '@flowmesh/platform/sandbox';
import { parseInput, problemsOf } from '@flowmesh/platform/validation';
import type { Operation } from '../../clients/integration-client.ts';
import { operationShape, requestProblems, toOperation } from '../integrations/operation-input.ts';

/** What is to be called, and what is told of it. */
export interface ImportedOperations {
  readonly operations: readonly Operation[];
  readonly skipped: readonly { readonly name: string; readonly operation: string; readonly reason: string }[];
  readonly notes: readonly { readonly name: string; readonly note: string }[];
}

/** How a document changes the operations that there were. */
export interface OperationChanges {
  /** All that there are afterwards. */
  readonly operations: readonly Operation[];
  readonly added: string[];
  readonly changed: string[];
  readonly removed: string[];
}

const MAX_NOTES = 500;

/** A text of the document as it is told: halves of surrogate pairs are replaced, too. */
const told = (text: string) => Buffer.from(text.slice(0, 500).replaceAll('\0', '\ufffd')).toString();

/** Operations of a document that satisfy the same rules as those declared by hand; the others are skipped with the reason. */
export async function usableOperations(document: OpenApiDocument, whom: Requester): Promise<ImportedOperations> {
  const skipped = document.skipped.map(({ name, method, path, reason }) => ({
    name,
    operation: `${method} ${path}`,
    reason,
  }));
  const notes = document.operations.flatMap(({ name, notes: all }) => all.map((note) => ({ name, note })));
  const schemas = document.operations.flatMap(({ inputSchema, outputSchema }) => [inputSchema, outputSchema ?? {}]);
  const problems = await checkSchemas(schemas, whom);
  const operations = document.operations.flatMap((given, at) => {
    const skip = (reason: string): [] => {
      skipped.push({ name: given.name, operation: `${given.method} ${told(given.path)}`, reason });
      return [];
    };
    const [inInput] = problems[2 * at] ?? [];
    if (inInput)
      return skip(
        `the schema of its input cannot be used: ${[inInput.path, inInput.message].filter(Boolean).join(' ')}`,
      );
    const [inOutput] = problems[2 * at + 1] ?? [];
    if (inOutput)
      notes.push({
        name: given.name,
        note: `Answers are not checked: their schema cannot be used: ${inOutput.message}.`,
      });
    return usable(inOutput ? { ...given, outputSchema: null } : given, skip);
  });
  return { operations, skipped, notes: notes.slice(0, MAX_NOTES) };
}

function usable(given: OpenApiOperation, skip: (reason: string) => []): Operation[] {
  const parsed = parseInput(operationShape, given);
  const found = parsed.ok ? requestProblems(parsed.data) : problemsOf(parsed);
  const [problem] = found;
  if (!parsed.ok || problem) return skip(`${problem?.path ?? 'it'} ${problem?.message ?? 'cannot be used'}`);
  return [{ ...toOperation(parsed.data), imported: true }];
}

/** What becomes of the operations there were: those declared by hand stay, and what was imported before is replaced. */
export function changesBy(
  before: readonly Operation[],
  imported: readonly Operation[],
  keepOthers: boolean,
): OperationChanges {
  const news = new Map(imported.map((each) => [each.name, each]));
  const olds = new Map(before.map((each) => [each.name, each]));
  const kept = before.filter((each) => !each.imported || keepOthers || news.has(each.name));
  const added = imported.filter(({ name }) => !olds.has(name));
  const isChanged = ({ name }: Operation) => news.has(name) && !isDeepStrictEqual(news.get(name), olds.get(name));
  return {
    operations: [...kept.map((each) => news.get(each.name) ?? each), ...added],
    added: added.map(({ name }) => name),
    changed: kept.filter(isChanged).map(({ name }) => name),
    removed: before.filter((each) => !kept.includes(each)).map(({ name }) => name),
  };
}
