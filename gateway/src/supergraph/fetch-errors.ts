import type { FetchNode } from '@apollo/query-planner';
import { GraphQLError } from 'graphql';
import { clientName } from './client-operation.ts';

export type ResponsePath = readonly (string | number)[];

const keyOf = (path: ResponsePath) => JSON.stringify(path);

/** Errors of subgraphs, by path of the client's response. `path`s use the names of the plan. */
export class FetchErrors {
  readonly all: GraphQLError[] = [];
  private readonly failed = new Set<string>();
  /** Errors of fetches that failed as a whole. */
  private readonly told = new Map<FetchNode, Set<string>>();
  /** Everything at and below these paths may be missing. */
  private readonly missing = new Set<string>();
  /** Paths of references to entities that do not exist in their subgraph (any more). */
  private readonly dangling = new Set<string>();
  /** Something below these paths may be missing. */
  private readonly above = new Set<string>();

  /**
   * `targets`: paths of the objects of the fetch. `below`: the path within each of them; undefined if the fetch failed
   * as a whole.
   */
  add(fetch: FetchNode, error: GraphQLError, targets: readonly ResponsePath[], below: ResponsePath | undefined): void {
    const inside = below?.map((key) => renamed(fetch, key));
    const places = targets.map((target) => [...target, ...(inside ?? [])].map(clientName));
    for (const place of places) {
      this.missing.add(keyOf(place));
      for (let length = 0; length < place.length; length++) this.above.add(keyOf(place.slice(0, length)));
    }
    if (!inside) this.addOnceOf(fetch, error);
    else for (const path of places) this.addOnce(keyOf(path), withPath(error, path));
  }

  /** A fetch of many entities is made in parts, which may fail with the same error. */
  private addOnceOf(fetch: FetchNode, error: GraphQLError): void {
    const told = this.told.get(fetch) ?? new Set();
    this.told.set(fetch, told);
    if (!told.has(error.message)) this.all.push(error);
    told.add(error.message);
  }

  /** A field whose parts come from two subgraphs fails in both. */
  private addOnce(place: string, error: GraphQLError): void {
    if (this.failed.has(place)) return;
    this.failed.add(place);
    this.all.push(error);
  }

  /** A null in a non-null position has removed all data of these objects. */
  addMissing(targets: readonly ResponsePath[]): void {
    for (const target of targets) this.missing.add(keyOf(target.map(clientName)));
  }

  /** The subgraph returned null for the entity, without an error. */
  addDangling(targets: readonly ResponsePath[]): void {
    for (const target of targets) this.dangling.add(keyOf(target.map(clientName)));
  }

  /**
   * The paths above this one at which a missing entity is referenced. Its missing data is no error if the reference
   * itself is nullable.
   */
  danglingAbove(path: ResponsePath): readonly ResponsePath[] {
    if (this.dangling.size === 0) return [];
    return path.map((_key, at) => path.slice(0, at + 1)).filter((above) => this.dangling.has(keyOf(above)));
  }

  /** Whether data of this object may be missing because a subgraph failed or does not know the object. */
  explainLack(path: ResponsePath): boolean {
    const place = path.map(clientName);
    return this.explain(place) || this.danglingAbove(place).length > 0;
  }

  /** Whether one of these errors explains the missing data at this path. */
  explain(path: ResponsePath): boolean {
    if (this.above.has(keyOf(path))) return true;
    for (let length = 0; length <= path.length; length++)
      if (this.missing.has(keyOf(path.slice(0, length)))) return true;
    return false;
  }
}

/** The planner requests some fields under another name, and renames them in the response. */
function renamed(fetch: FetchNode, key: string | number): string | number {
  for (const rewrite of fetch.outputRewrites ?? []) {
    if (rewrite.kind === 'KeyRenamer' && rewrite.path.at(-1) === key) return rewrite.renameKeyTo;
  }
  return key;
}

function withPath(error: GraphQLError, path: ResponsePath): GraphQLError {
  const { message, extensions, originalError } = error;
  return new GraphQLError(message, { path, extensions, originalError });
}
