import { Liquid, type Template } from 'liquidjs';
import { LRUCache } from 'lru-cache';

export interface TemplateProblem {
  readonly message: string;
  /** From 1; absent when the place is not known. */
  readonly line?: number;
}

/** A template that cannot be parsed (SYNTAX), fails (RENDER), or needs too much time or memory (LIMIT). */
export class TemplateError extends Error {
  constructor(
    readonly code: 'SYNTAX' | 'RENDER' | 'LIMIT',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TemplateError';
  }
}

const MAX_TEMPLATE_CHARACTERS = 200_000;

// Templates come from users: they see their variables' own properties only, no files, and cannot run on or fill
// the memory.
const liquid = new Liquid({
  ownPropertyOnly: true,
  strictFilters: true,
  templates: {},
  relativeReference: false,
  timezoneOffset: 'UTC',
  parseLimit: MAX_TEMPLATE_CHARACTERS,
  renderLimit: 250,
  memoryLimit: 5_000_000,
});

const parsed = new LRUCache<string, Template[]>({
  maxSize: 5_000_000,
  sizeCalculation: (_value, text) => text.length + 1,
});

function lineOf(error: unknown): number | undefined {
  const token = (error as { token?: { getPosition?: () => number[] } }).token;
  return token?.getPosition?.()[0];
}

/** The first line of the library's message: the rest quotes the template. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? 'unknown';
}

function parse(text: string): Template[] {
  const known = parsed.get(text);
  if (known) return known;
  const templates = liquid.parse(text);
  parsed.set(text, templates);
  return templates;
}

/** Null when the text is a Liquid template that can be rendered; else what is wrong. At most 200,000 characters. */
export function checkTemplate(text: string): TemplateProblem | null {
  if (text.length > MAX_TEMPLATE_CHARACTERS) {
    return { message: `must have at most ${MAX_TEMPLATE_CHARACTERS.toLocaleString('en')} characters` };
  }
  try {
    parse(text);
    return null;
  } catch (error) {
    return { message: messageOf(error), line: lineOf(error) };
  }
}

/**
 * Renders a Liquid template. Unknown variables are empty, unknown filters are errors. Limits: a quarter of a second and about
 * 5 MB. Throws `TemplateError`.
 */
export async function renderTemplate(text: string, variables: Readonly<Record<string, unknown>>): Promise<string> {
  const problem = checkTemplate(text);
  if (problem) throw new TemplateError('SYNTAX', problem.message);
  try {
    return String(await liquid.render(parse(text), { ...variables }));
  } catch (error) {
    const message = messageOf(error);
    const code = /(render|memory alloc) limit exceeded/.test(message) ? 'LIMIT' : 'RENDER';
    throw new TemplateError(code, message, { cause: error });
  }
}
