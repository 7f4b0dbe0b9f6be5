import { runInSandbox, SandboxError, type Requester } from '../sandbox/index.ts';
import type { LiquidFailure, LiquidPart, LiquidProgram } from './liquid-language.mjs';

export interface TemplateProblem {
  readonly message: string;
  /** From 1; absent when the place is not known. */
  readonly line?: number;
}

/**
 * A template that cannot be parsed (SYNTAX), fails (RENDER), or needs too much time or memory (LIMIT; the message says
 * which).
 */
export class TemplateError extends Error {
  readonly line: number | undefined;
  /** Path of the variable that has no value, e.g. `user.name`; when that is what is wrong. */
  readonly variable: string | undefined;
  /** What to write where that variable may be missing. */
  readonly advice: string | undefined;

  constructor(
    readonly code: LiquidFailure['code'],
    message: string,
    options?: ErrorOptions & { readonly [part in keyof Omit<LiquidFailure, 'code'>]?: LiquidFailure[part] | undefined },
  ) {
    super(message, options);
    this.name = 'TemplateError';
    this.line = options?.line;
    this.variable = options?.variable;
    this.advice = options?.advice;
  }
}

/** A text to render. */
export type TemplatePart = LiquidPart;

const MAX_TEMPLATE_CHARACTERS = 200_000;
/** Liquid ends its own work after 150 ms where it can; this is for where it cannot. */
const DEADLINE_MS = 250;

/** What is known of a template without rendering it. */
export interface TemplateInspection {
  readonly problem: TemplateProblem | null;
  /** What it reads from its variables, e.g. `['user', 'name']`, as far as that is written out; empty with a problem. */
  readonly reads: readonly (readonly string[])[];
}

export interface RenderOptions extends Requester {
  /**
   * What is printed or looped over must have a value, if only null; conditions, and the filter `default`, may ask for
   * what there is not. Otherwise it is empty.
   */
  readonly strict?: boolean;
}

/** At most 200,000 characters. Throws a PublicError that may be tried again: see `runInSandbox`. */
export async function inspectTemplate(text: string, whom: Requester = {}): Promise<TemplateInspection> {
  if (text.length > MAX_TEMPLATE_CHARACTERS) {
    const message = `must have at most ${MAX_TEMPLATE_CHARACTERS.toLocaleString('en')} characters`;
    return { problem: { message }, reads: [] };
  }
  try {
    return { problem: null, reads: (await inSandbox({ inspect: text }, {}, whom)) as string[][] };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { message, line } = error;
    return { problem: { message, ...(line === undefined ? {} : { line }) }, reads: [] };
  }
}

/** Null when the text is a Liquid template that can be rendered; else what is wrong. At most 200,000 characters. */
export async function checkTemplate(text: string, whom: Requester = {}): Promise<TemplateProblem | null> {
  return (await inspectTemplate(text, whom)).problem;
}

/**
 * Renders Liquid templates with the same variables (JSON data). In HTML, values are escaped. Limits: a quarter of a
 * second, about 5 MB, results of 1,000,000 characters together. Throws TemplateError, or a PublicError that may be tried
 * again: see `runInSandbox`.
 */
export async function renderTemplates(
  parts: readonly TemplatePart[],
  variables: Readonly<Record<string, unknown>>,
  { strict = false, ...whom }: RenderOptions = {},
): Promise<string[]> {
  const texts = parts.flatMap(({ text, layout }) => (layout == null ? [text] : [text, layout]));
  if (texts.some((text) => text.length > MAX_TEMPLATE_CHARACTERS)) {
    throw new TemplateError('LIMIT', `must have at most ${MAX_TEMPLATE_CHARACTERS.toLocaleString('en')} characters`);
  }
  return (await inSandbox({ render: parts, strict }, variables, whom)) as string[];
}

/** Renders one template as text; see `renderTemplates`. */
export async function renderTemplate(
  text: string,
  variables: Readonly<Record<string, unknown>>,
  options: RenderOptions = {},
): Promise<string> {
  const [result = ''] = await renderTemplates([{ text, html: false }], variables, options);
  return result;
}

async function inSandbox(program: LiquidProgram, variables: object, whom: Requester): Promise<unknown> {
  try {
    return await runInSandbox({ language: 'liquid', program, input: variables }, { timeoutMs: DEADLINE_MS, ...whom });
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (error.reason !== 'FAILED') throw new TemplateError('LIMIT', error.message, { cause: error });
    const { code = 'RENDER', line, variable, advice } = error.details as Partial<LiquidFailure>;
    throw new TemplateError(code, error.message, { cause: error, line, variable, advice });
  }
}
