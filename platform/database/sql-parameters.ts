/** Collects the values of a statement that is put together from parts. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** Its placeholder, e.g. `$3`. */
  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}
