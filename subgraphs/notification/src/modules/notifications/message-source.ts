import type { Viewer } from '@flowmesh/platform/access';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import type { InvalidField } from '@flowmesh/platform/validation';
import DataLoader from 'dataloader';
import type { PreferenceService } from '../preferences/preference-service.ts';
import type { ReadyTemplate, TemplateRenderer } from '../templates/template-renderer.ts';
import type { SendValues } from './notification-input.ts';

/** What a notification says, and what it was made from. */
export interface MessageText {
  readonly subject: string | null;
  readonly content: string;
  readonly htmlContent: string | null;
  readonly category: string | null;
  readonly templateId: string | null;
  readonly templateVersion: number | null;
}

/** Paths below the input. */
interface Problems {
  readonly problems: readonly InvalidField[];
}

const TEXTS = ['subject', 'content', 'htmlContent'] as const;
const OF_TEMPLATES = ['templateVersion', 'variables', 'language'] as const;

/** The text of notifications: as it was given, or what a template makes of variables. */
export class MessageSource {
  constructor(
    private readonly renderer: TemplateRenderer,
    private readonly preferences: PreferenceService,
  ) {}

  /** For the notifications of one call: each template and each user's language is read once. */
  for(viewer: Viewer): (values: SendValues) => Promise<MessageText | Problems> {
    const whom = { owner: waitingViewer(viewer).owner };
    const ready = new Map<string, Promise<ReadyTemplate | Problems>>();
    const languages = new DataLoader<string, string | null>((ids) => this.preferences.languagesOf(ids));
    const templateOf = (id: string, version: number | null) => {
      const key = `${version ?? 'latest'} ${id}`;
      const template = ready.get(key) ?? this.renderer.prepare(viewer, id, version, whom);
      ready.set(key, template);
      return template;
    };
    return async (values) => {
      const problems = misplaced(values);
      if (problems.length > 0) return { problems };
      if (values.templateId == null) return asGiven(values);
      const template = await templateOf(values.templateId, values.templateVersion ?? null);
      if ('problems' in template) return template;
      if (template.channel !== values.channel) {
        return { problems: [{ path: 'channel', message: `must be ${template.channel}, as the template's` }] };
      }
      const language = values.language ?? (values.userId == null ? null : await languages.load(values.userId));
      const rendered = await template.render(values.variables, language);
      if ('problems' in rendered) return rendered;
      const { subject, content, htmlContent } = rendered;
      const { templateId, version: templateVersion } = template;
      return {
        subject,
        content,
        htmlContent,
        templateId,
        templateVersion,
        category: values.category ?? template.category,
      };
    };
  }
}

function misplaced(values: SendValues): InvalidField[] {
  if (values.templateId == null) {
    const missing = values.content == null ? [{ path: 'content', message: 'is required without a template' }] : [];
    const unused = OF_TEMPLATES.filter((field) => values[field] != null);
    return [...missing, ...unused.map((path) => ({ path, message: 'needs a template: give templateId' }))];
  }
  const given = TEXTS.filter((field) => values[field] != null);
  return given.map((path) => ({ path, message: 'must be left out: the template says it' }));
}

const asGiven = ({ subject, content, htmlContent, category }: SendValues): MessageText => ({
  subject: subject ?? null,
  content: content ?? '',
  htmlContent: htmlContent ?? null,
  category: category ?? null,
  templateId: null,
  templateVersion: null,
});
