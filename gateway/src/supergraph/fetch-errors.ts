import type { FetchNode } from '@apollo/query-planner';
import { GraphQLError } from 'graphql';
import { clientName } from './client-operation.ts';

export type ResponsePath = readonly (string | number)[];

const keyOf = (path: ResponsePath) => JSON.stringify(path);

/** What subgraphs said went wrong, at the places of the client's answer. `path`s are given in the names of the plan. */
export class FetchErrors {
  readonly all: GraphQLError[] = [];
  private readonly failed = new Set<string>();
  /** What was said of fetches that failed as a whole. */
  private readonly told = new Map<FetchNode, Set<string>>();
  /** Everything at and below these places may be missing. */
  private readonly missing = new Set<string>();
  /** Here are references to entities that their subgraph does not know (any more). */
  private readonly dangling = new Set<string>();
  /** Something below these places may be missing. */
  private readonly above = new Set<string>();

  /**
   * `targets`: places of the objects the fetch was made for. `below`: where in each of them; undefined when the fetch
   * has failed as a whole.
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

  /** A fetch of many entities is made in parts, which may fail alike. */
  private addOnceOf(fetch: FetchNode, error: GraphQLError): void {
    const told = this.told.get(fetch) ?? new Set();
    this.told.set(fetch, told);
    if (!told.has(error.message)) this.all.push(error);
    told.add(error.message);
  }

  /** A field of which two subgraphs give parts fails in both. */
  private addOnce(place: string, error: GraphQLError): void {
    if (this.failed.has(place)) return;
    this.failed.add(place);
    this.all.push(error);
  }

  /** A null where none may be has taken everything of these objects with it. */
  addMissing(targets: readonly ResponsePath[]): void {
    for (const target of targets) this.missing.add(keyOf(target.map(clientName)));
  }

  /** The subgraph has said, without an error, that there is no such entity. */
  addDangling(targets: readonly ResponsePath[]): void {
    for (const target of targets) this.dangling.add(keyOf(target.map(clientName)));
  }

  /**
   * The places on the way to this one where an entity is referred to that does not exist. What is missing of it is no
   * error where the reference itself may be null.
   */
  danglingAbove(path: ResponsePath): readonly ResponsePath[] {
    if (this.dangling.size === 0) return [];
    return path.map((_key, at) => path.slice(0, at + 1)).filter((above) => this.dangling.has(keyOf(above)));
  }

  /** Whether something of this object may be missing because a subgraph has failed, or does not know it. */
  explainLack(path: ResponsePath): boolean {
    const place = path.map(clientName);
    return this.explain(place) || this.danglingAbove(place).length > 0;
  }

  /** Whether one of these errors is why there is nothing at this place. */
  explain(path: ResponsePath): boolean {
    if (this.above.has(keyOf(path))) return true;
    for (let length = 0; length <= path.length; length++)
      if (this.missing.has(keyOf(path.slice(0, length)))) return true;
    return false;
  }
}

/** The planner gives some fields another name on their way, and renames them in the answer. */
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
