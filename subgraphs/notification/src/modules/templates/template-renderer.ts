import type { Viewer } from '@flowmesh/platform/access';
import { waitingViewer, type Requester } from '@flowmesh/platform/sandbox';
import { renderTemplates, TemplateError, type TemplatePart } from '@flowmesh/platform/templates';
import { oneLine, textProblem, type InvalidField } from '@flowmesh/platform/validation';
import type { Channel } from '../../adapters/channel-adapter.ts';
import { UNSUBSCRIBE_MARK } from '../../adapters/unsubscribe-mark.ts';
import { canonicalLanguage, fallbacksOf } from './languages.ts';
import { mayUse } from './template-access.ts';
import type { TemplateRecord, TemplateTexts, TemplateValues, TemplateVariable } from './template-record.ts';
import type { TemplateStore } from './template-store.ts';
import { fillVariables } from './template-variables.ts';

const MAX_SUBJECT_CHARACTERS = 998;
const MAX_CONTENT_CHARACTERS = 100_000;
const MAX_HTML_CHARACTERS = 500_000;

/** A message as it is sent. */
export interface RenderedMessage {
  readonly language: string;
  readonly subject: string | null;
  readonly content: string;
  readonly htmlContent: string | null;
}

export interface Problems {
  /** Paths below the input that named the template. */
  readonly problems: readonly InvalidField[];
}

/** What is rendered: the texts of a template at a version, and its layout as it is now. */
export interface Renderable {
  readonly values: TemplateValues;
  readonly layout: TemplateValues | null;
}

/** A template that the viewer may send with, made ready for many messages. */
export interface ReadyTemplate {
  readonly templateId: string;
  readonly version: number;
  readonly channel: Channel;
  readonly category: string | null;
  /** In the language, or what it falls back to; in the template's own without one. */
  render(variables: unknown, language: string | null): Promise<RenderedMessage | Problems>;
}

const problem = (path: string, message: string): Problems => ({ problems: [{ path, message }] });

/** Turns templates into messages. */
export class TemplateRenderer {
  constructor(private readonly store: TemplateStore) {}

  /** For one message that a person waits for: see `prepare`. */
  async renderFor(
    viewer: Viewer,
    wanted: {
      readonly templateId: string;
      readonly version?: number | null;
      readonly variables?: unknown;
      readonly language?: string | null;
    },
  ): Promise<(RenderedMessage & Omit<ReadyTemplate, 'render'>) | Problems> {
    const ready = await this.prepare(viewer, wanted.templateId, wanted.version ?? null, waitingViewer(viewer));
    if ('problems' in ready) return ready;
    const message = await ready.render(wanted.variables, wanted.language ?? null);
    if ('problems' in message) return message;
    const { templateId, version, channel, category } = ready;
    return { ...message, templateId, version, channel, category };
  }

  /** Reads the template once; the latest version when none is named. It must be active, and a message. */
  async prepare(
    viewer: Viewer,
    templateId: string,
    version: number | null,
    whom: Requester,
  ): Promise<ReadyTemplate | Problems> {
    const [template] = await this.store.findMany([templateId]);
    if (!template || !mayUse(viewer, template)) return problem('templateId', 'is not a template that you may use');
    if (template.kind === 'LAYOUT') return problem('templateId', 'is a layout: name the template of a message');
    if (!template.isActive) return problem('templateId', 'is switched off');
    const renderable = await this.renderable(template, version);
    if (!renderable) return problem('templateVersion', `must be 1 to ${template.version}`);
    return {
      templateId,
      version: version ?? template.version,
      channel: template.channel,
      category: renderable.values.category,
      render: (variables, language) => renderMessage(renderable, variables, language, whom),
    };
  }

  /** Null when there is no such version. */
  async renderable(template: TemplateRecord, version: number | null): Promise<Renderable | null> {
    const isLatest = version === null || version === template.version;
    const values = isLatest ? template : await this.store.findVersion(template.id, version);
    return values && { values, layout: await this.layoutOf(values) };
  }

  async layoutOf({ layoutId }: Pick<TemplateValues, 'layoutId'>): Promise<TemplateValues | null> {
    return layoutId === null ? null : ((await this.store.findMany([layoutId]))[0] ?? null);
  }
}

/**
 * Checks the variables, then renders all texts of the language in one go. Nothing is sent that is not complete.
 * `owner`: for whom it is done.
 */
export async function renderMessage(
  { values, layout }: Renderable,
  given: unknown,
  wanted: string | null,
  whom: Requester,
): Promise<RenderedMessage | Problems> {
  const language = wanted === null ? null : canonicalLanguage(wanted);
  if (wanted !== null && language === null) return problem('language', 'must be a language tag, e.g. de or de-AT');
  const filled = await fillVariables(values.variables, given, whom);
  if ('problems' in filled) return filled;
  const own = textsIn(values, language);
  const around = layout && textsIn(layout, language).texts;
  const { subjectTemplate, contentTemplate, htmlTemplate } = own.texts;
  const parts: TemplatePart[] = [{ text: contentTemplate, html: false, layout: around?.contentTemplate ?? null }];
  if (subjectTemplate !== null) parts.push({ text: subjectTemplate, html: false });
  if (htmlTemplate !== null) parts.push({ text: htmlTemplate, html: true, layout: around?.htmlTemplate ?? null });
  try {
    const rendered = await renderTemplates(
      parts,
      { ...filled.values, unsubscribeUrl: UNSUBSCRIBE_MARK },
      {
        ...whom,
        strict: true,
      },
    );
    const content = rendered.shift() ?? '';
    // A subject is a header: one line, whatever its variables hold.
    const subject = subjectTemplate === null ? null : oneLine(rendered.shift() ?? '');
    const htmlContent = htmlTemplate === null ? null : (rendered.shift() ?? '');
    const message = { language: own.language, subject, content, htmlContent };
    const problems = resultProblems(message);
    return problems.length > 0 ? { problems } : message;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return renderProblem(error, values.variables);
  }
}

function renderProblem(
  { message, line, variable, advice = '' }: TemplateError,
  variables: readonly TemplateVariable[],
): Problems {
  const place = line === undefined ? '' : ` (line ${line})`;
  if (variable === undefined) return problem('templateId', `could not be rendered: ${message}${place}`);
  return variables.some(({ name }) => name === variable.split('.')[0])
    ? problem(`variables.${variable}`, `is read by the template${place} and was not given; ${advice}`)
    : problem('templateId', `could not be rendered: ${message}${place}; ${advice}`);
}

function textsIn(values: TemplateValues, language: string | null): { language: string; texts: TemplateTexts } {
  for (const tag of language === null ? [] : fallbacksOf(language)) {
    const translation = values.translations[tag];
    if (translation) return { language: tag, texts: translation };
    if (tag === values.language) break;
  }
  return { language: values.language, texts: values };
}

function resultProblems({ subject, content, htmlContent }: RenderedMessage): InvalidField[] {
  const problems: InvalidField[] = [];
  const say = (message: string) => problems.push({ path: 'variables', message });
  if (subject === '') say('give a subject that is empty');
  if (content.trim() === '') say('give a content that is empty');
  const limits = [
    ['a subject', subject, MAX_SUBJECT_CHARACTERS],
    ['a content', content, MAX_CONTENT_CHARACTERS],
    ['an HTML content', htmlContent, MAX_HTML_CHARACTERS],
  ] as const;
  for (const [name, text, max] of limits) {
    if (text === null) continue;
    if (text.length > max) say(`give ${name} of more than ${max.toLocaleString('en')} characters`);
    const unstorable = textProblem(text);
    if (unstorable) say(`give ${name} that cannot be sent: it ${unstorable}`);
  }
  return problems;
}
