const HIDDEN = '•••';
/** Shorter ones would hide parts of ordinary words. */
const SHORTEST = 4;

/** Puts credentials out of what a service answers, in whatever form they are sent. */
export class Mask {
  private readonly secrets: readonly string[];

  constructor(credentials: Readonly<Record<string, string>>, sentForms: readonly string[]) {
    const forms = Object.values(credentials).flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      // As in a query.
      new URLSearchParams({ '': secret }).toString().slice(1),
      Buffer.from(secret).toString('base64'),
      JSON.stringify(secret).slice(1, -1),
    ]);
    const all = new Set([...forms, ...sentForms].filter(({ length }) => length >= SHORTEST));
    // A longer one may hold a shorter one.
    this.secrets = [...all].sort((one, other) => other.length - one.length);
  }

  text(text: string): string {
    return this.secrets.reduce((masked, secret) => masked.replaceAll(secret, HIDDEN), text);
  }

  /** In keys too. */
  json(value: unknown): unknown {
    if (this.secrets.length === 0) return value;
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.json(item)]));
  }
}
