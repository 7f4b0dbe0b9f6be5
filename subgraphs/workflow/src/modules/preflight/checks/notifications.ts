import type { Caller } from '@flowmesh/platform/access';
import type { Services } from '@flowmesh/platform/services';
import { isStatic } from '../../executions/step-types/templates.ts';
import { askDomain, entities, unknownOf } from '../ask-domain.ts';
import { error, ofWork, warning, type Finding, type Work } from '../finding.ts';

const NOTIFICATIONS = `query PreflightNotifications($representations: [_Any!]!) {
  notificationChannels { channel status }
  _entities(representations: $representations) {
    ... on NotificationTemplate { id channel isActive variables { name required } }
  }
}`;

interface Template {
  readonly id: string;
  readonly channel: string;
  readonly isActive: boolean;
  readonly variables: readonly { readonly name: string; readonly required: boolean }[];
}

interface Told {
  readonly notificationChannels: readonly { readonly channel: string; readonly status: string }[];
  readonly _entities: readonly (Template | null)[];
}

interface Message {
  readonly channel: string;
  readonly templateId?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const OFF = new Set(['NOT_CONFIGURED', 'INACTIVE']);
const messageOf = ({ step }: Work) => step.config as unknown as Message;
/** Null when it is computed by the execution. */
const templateOf = (work: Work): string | null => {
  const { templateId } = messageOf(work);
  return templateId !== undefined && isStatic(templateId) ? templateId : null;
};

/** Channels that do not send, and templates that cannot be used. */
export async function notificationFindings(
  services: Services,
  caller: Caller,
  all: readonly Work[],
): Promise<Finding[]> {
  const work = all.filter(({ step }) => step.stepType === 'NOTIFICATION');
  if (work.length === 0) return [];
  const ids = entities(
    'NotificationTemplate',
    work.flatMap((each) => templateOf(each) ?? []),
  );
  const answer = await askDomain<Told>(services, 'notification', caller, NOTIFICATIONS, ids);
  if ('unknown' in answer) return unknownOf(work, 'The channel and the template', answer.unknown);
  const { notificationChannels, _entities } = answer.data;
  const statuses = new Map(notificationChannels.map(({ channel, status }) => [channel, status]));
  const templates = new Map(_entities.flatMap((each) => (each ? [[each.id, each] as const] : [])));
  return work.flatMap((each) => {
    const id = templateOf(each);
    return [
      ...channelFindings(each, statuses.get(messageOf(each).channel)),
      ...(id === null ? [] : templateFindings(each, id, templates.get(id))),
    ];
  });
}

function channelFindings(work: Work, status: string | undefined): Finding[] {
  if (status === undefined || status === 'OPERATIONAL') return [];
  const tell = OFF.has(status) ? error : warning;
  return [ofWork(work, 'config.channel', tell('CHANNEL_UNAVAILABLE', `the channel is ${status}`))];
}

function templateFindings(work: Work, id: string, template: Template | undefined): Finding[] {
  const tell = (place: string, message: string) => ofWork(work, `config.${place}`, error('INVALID_TEMPLATE', message));
  if (!template) return [tell('templateId', `there is no template ${id}, or you may not use it`)];
  const { channel, variables = {} } = messageOf(work);
  return [
    ...(template.isActive ? [] : [tell('templateId', 'the template is switched off')]),
    ...(template.channel === channel ? [] : [tell('channel', `must be ${template.channel}, as the template's`)]),
    ...template.variables
      .filter(({ name, required }) => required && !Object.hasOwn(variables, name))
      .map(({ name }) => tell(`variables.${name}`, 'is required by the template')),
  ];
}
