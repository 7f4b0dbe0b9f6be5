/** Waiting work: its owner, and whether a person waits for it (urgent). */
export interface Queued {
  readonly owner: string;
  readonly urgent: boolean;
}

/**
 * Fair queue (round robin): owners take turns. Within an owner, urgent work comes first, then first in, first out. An owner
 * that was served goes to the end.
 */
export class FairQueue<T extends Queued> {
  private readonly owners = new Map<string, T[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  sizeOf(owner: string): number {
    return this.owners.get(owner)?.length ?? 0;
  }

  add(item: T): void {
    const items = this.owners.get(item.owner) ?? [];
    const firstOther = items.findIndex(({ urgent }) => !urgent);
    if (item.urgent && firstOther !== -1) items.splice(firstOther, 0, item);
    else items.push(item);
    this.owners.set(item.owner, items);
    this.count += 1;
  }

  /** The first entry that may proceed, without removing it. Only the first entry of each owner is considered. */
  first(may: (item: T) => boolean): T | undefined {
    for (const [item] of this.owners.values()) if (item && may(item)) return item;
    return undefined;
  }

  /** Removes and returns the first entry that may proceed. */
  take(may: (item: T) => boolean): T | undefined {
    const item = this.first(may);
    if (item) {
      this.remove(item);
      const rest = this.owners.get(item.owner);
      if (rest) {
        this.owners.delete(item.owner);
        this.owners.set(item.owner, rest);
      }
    }
    return item;
  }

  remove(item: T): void {
    const items = this.owners.get(item.owner);
    const at = items?.indexOf(item) ?? -1;
    if (!items || at === -1) return;
    items.splice(at, 1);
    this.count -= 1;
    if (items.length === 0) this.owners.delete(item.owner);
  }

  /** Takes everything. */
  clear(): T[] {
    const all = [...this.owners.values()].flat();
    this.owners.clear();
    this.count = 0;
    return all;
  }
}
