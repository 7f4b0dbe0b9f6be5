/** What `<such words>` stand for in the guide: given at the beginning, or read from the first answer that has them. */
export class Placeholders {
  private readonly values: Map<string, string>;

  constructor(known: Readonly<Record<string, string>>) {
    this.values = new Map(Object.entries(known));
  }

  /** The text with the values of all placeholders that are known. */
  fill(text: string): string {
    return text.replaceAll(/<([a-z][a-z -]*)>/g, (whole, name: string) => this.values.get(name) ?? whole);
  }

  /**
   * Compares a value with what the guide shows. `"…"` stands for any value, `<name>` for one that is the same wherever it
   * is written; in a list, `"…"` stands for any number of further values. Gives what `actual` should have been.
   */
  expected(shown: unknown, actual: unknown): unknown {
    if (shown === '…') return actual;
    if (typeof shown === 'string') return this.expectedText(shown, actual);
    if (Array.isArray(shown)) {
      const given: unknown[] = Array.isArray(actual) ? actual : [];
      const open = shown.at(-1) === '…';
      const listed = (open ? shown.slice(0, -1) : shown).map((value, at) => this.expected(value, given[at]));
      return open ? [...listed, ...given.slice(listed.length)] : listed;
    }
    if (typeof shown === 'object' && shown !== null) {
      const given = (typeof actual === 'object' && actual !== null ? actual : {}) as Record<string, unknown>;
      return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, this.expected(value, given[key])]));
    }
    return shown;
  }

  /** The same for text; `…` stands for any characters within a line, and on a line of its own for any lines. */
  expectedText(shown: string, actual: unknown): string {
    if (typeof actual !== 'string') return this.fill(shown);
    const names: string[] = [];
    const special = /<([a-z][a-z -]*)>|^…(?:\n)|…|[\\^$.*+?()[\]{}|]/gm;
    const pattern = this.fill(shown).replaceAll(special, (found, name?: string) => {
      if (found === '…\n') return '(?:.*\\n)*';
      if (found === '…') return '.*';
      if (name === undefined) return `\\${found}`;
      names.push(name);
      return '(.+?)';
    });
    const match = new RegExp(`^${pattern}$`).exec(actual);
    if (!match) return this.fill(shown);
    names.forEach((name, at) => this.values.set(name, match[at + 1]!));
    return actual;
  }
}
