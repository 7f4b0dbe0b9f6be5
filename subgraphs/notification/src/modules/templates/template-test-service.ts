import { hasScope, type Caller, type Viewer } from '@flowmesh/platform/access';
import { forbidden } from '@flowmesh/platform/errors';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { invalidInput, parseInput } from '@flowmesh/platform/validation';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { NotificationService } from '../notifications/notification-service.ts';
import { createShape, type TemplateVariableInput } from './template-input.ts';
import type { TemplateValues } from './template-record.ts';
import { renderMessage, type TemplateRenderer } from './template-renderer.ts';
import type { TemplateService } from './template-service.ts';

export interface PreviewTemplateInput {
  readonly channel: Channel;
  readonly subjectTemplate?: string | null;
  readonly contentTemplate: string;
  readonly htmlTemplate?: string | null;
  readonly variables?: readonly TemplateVariableInput[] | null;
  readonly layoutId?: string | null;
  readonly values?: Record<string, unknown> | null;
}

export interface TestTemplateInput {
  readonly templateId: string;
  readonly templateVersion?: number | null;
  readonly variables?: Record<string, unknown> | null;
  readonly language?: string | null;
  readonly recipient?: string | null;
  readonly sendToInbox?: boolean;
}

interface TemplateTestParts {
  readonly templates: TemplateService;
  readonly renderer: TemplateRenderer;
  readonly notifications: NotificationService;
}

/** Shows what templates make of variables. */
export class TemplateTestService {
  constructor(private readonly parts: TemplateTestParts) {}

  async preview(viewer: Viewer, { channel, values: given, ...input }: PreviewTemplateInput) {
    const parsed = parseInput(createShape, { ...input, name: 'preview' });
    if (!parsed.ok) return parsed.error;
    const { data } = parsed;
    const values: TemplateValues = {
      name: data.name,
      description: null,
      category: null,
      subjectTemplate: data.subjectTemplate ?? null,
      contentTemplate: data.contentTemplate,
      htmlTemplate: data.htmlTemplate ?? null,
      variables: data.variables ?? [],
      language: 'en',
      translations: {},
      layoutId: data.layoutId ?? null,
      isActive: true,
      isShared: false,
    };
    const problems = await this.parts.templates.problemsOf(viewer, { ...values, channel, kind: 'MESSAGE' });
    if (problems.length > 0) return invalidInput(problems);
    const layout = await this.parts.renderer.layoutOf(values);
    const rendered = await renderMessage({ values, layout }, given, null, waitingViewer(viewer));
    if ('problems' in rendered) {
      return invalidInput(rendered.problems.map(({ path, message }) => ({ path: inPreview(path), message })));
    }
    return { __typename: 'PreviewNotificationTemplateSuccess' as const, rendered };
  }

  async test(caller: Caller, input: TestTemplateInput) {
    const { templateId, templateVersion: version, variables, language } = input;
    const ready = await this.parts.renderer.renderFor(caller.viewer, { templateId, version, variables, language });
    if ('problems' in ready) return invalidInput(ready.problems);
    const rendered = {
      language: ready.language,
      subject: ready.subject,
      content: ready.content,
      htmlContent: ready.htmlContent,
    };
    const success = {
      __typename: 'TestNotificationTemplateSuccess' as const,
      templateVersion: ready.version,
      rendered,
    };
    const isInbox = ready.channel === 'IN_APP';
    if (input.sendToInbox && !isInbox) {
      return invalidInput([{ path: 'sendToInbox', message: `must be false: the template is for ${ready.channel}` }]);
    }
    if (input.recipient == null && !input.sendToInbox) return { ...success, notification: null };
    if (!hasScope(caller.viewer, 'notification:send')) {
      throw forbidden('Sending a test needs the permission notification:send.');
    }
    const sent = await this.parts.notifications.accept(caller, {
      channel: ready.channel,
      recipient: input.recipient,
      templateId,
      templateVersion: ready.version,
      variables,
      language,
      category: 'test',
      priority: 'CRITICAL',
    });
    if (sent.__typename === 'IdempotencyConflictError') throw new Error('There was no key.');
    return sent.__typename === 'SendNotificationSuccess' ? { ...success, notification: sent.notification } : sent;
  }
}

/** Values are called so in a preview, where `variables` declares them. */
const inPreview = (path: string) =>
  path.startsWith('variables') ? path.replace('variables', 'values') : path.replace('templateId', 'contentTemplate');
