/** Collects the values of a statement that is put together from parts. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** Its placeholder, e.g. `$3`. */
  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** Conditions joined by `and`; one without a value is left out. */
export class SqlConditions {
  private readonly parts: string[] = [];

  constructor(private readonly parameters: SqlParameters) {}

  /** `sql` gives the condition for the placeholder of the value. */
  add(sql: (placeholder: string) => string, value: unknown): this {
    if (value !== null && value !== undefined) this.parts.push(sql(this.parameters.add(value)));
    return this;
  }

  toString(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' and ');
  }
}
