const HIDDEN = '•••';
/** Shorter ones would hide parts of ordinary words. */
const SHORTEST = 4;

/** The spellings in which services and their error pages repeat a text. There are others: what a service does with it is its own. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const percent = encodeURIComponent(secret);
  const strict = percent.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const html = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return [
    secret,
    percent,
    strict,
    strict.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase()),
    // As in a query.
    new URLSearchParams({ '': secret }).toString().slice(1),
    html,
    html.replaceAll("'", '&#39;'),
    html.replaceAll("'", '&#x27;'),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    JSON.stringify(secret).slice(1, -1),
  ];
}

/** How much of the beginning of a secret, but not all of it, the text ends with. */
function overlap(text: string, secret: string): number {
  for (let at = Math.max(0, text.length - secret.length + 1); at < text.length; at += 1) {
    if (secret.startsWith(text.slice(at))) return text.length - at;
  }
  return 0;
}

/** Puts credentials out of what a service answers, in the forms in which they are usually written. */
export class Mask {
  private readonly secrets: readonly string[];

  constructor(credentials: Readonly<Record<string, string>>, sentForms: readonly string[]) {
    const forms = Object.values(credentials).flatMap(formsOf);
    const all = new Set([...forms, ...sentForms].filter(({ length }) => length >= SHORTEST));
    // A longer one may hold a shorter one.
    this.secrets = [...all].sort((one, other) => other.length - one.length);
  }

  text(text: string): string {
    return masked(text, this.secrets);
  }

  /** How many characters at the end of a text may be the beginning of a secret that goes on behind it. */
  unfinished(text: string): number {
    return Math.max(0, ...this.secrets.map((secret) => overlap(text, secret)));
  }

  /** In keys too. Looked for in the whole first: an answer of many values is walked only for what is in it. */
  json(value: unknown): unknown {
    if (this.secrets.length === 0) return value;
    const whole = JSON.stringify(value) ?? '';
    const present = this.secrets.filter((secret) => whole.includes(JSON.stringify(secret).slice(1, -1)));
    return present.length === 0 ? value : maskedJson(value, present);
  }
}

const masked = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);

function maskedJson(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return masked(value, secrets);
  if (Array.isArray(value)) return value.map((item) => maskedJson(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [masked(key, secrets), maskedJson(item, secrets)]),
  );
}
