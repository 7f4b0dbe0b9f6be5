import type { GuardedHttp } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import { line } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { headerCredentialProblems } from '../header-credential.ts';
import { InvalidCallInput, type IntegrationClient, type Operation, type Settings } from '../integration-client.ts';
import { askProvider, fieldsOf } from '../provider-call.ts';

const slackConfiguration = z.strictObject({
  authentication: z
    .enum(['BOT', 'WEBHOOK'])
    .describe('BOT: with `token`, into any channel the bot is in. WEBHOOK: with `webhookUrl`, into its channel'),
  channel: line({ min: 1, max: 200 }).optional().describe('Where a BOT writes unless a call says otherwise'),
  baseUrl: z.string().max(2_000).default('https://slack.com/api'),
});

type SlackConfiguration = z.output<typeof slackConfiguration>;
type SlackSettings = Settings<SlackConfiguration>;

const SLACK_OPERATIONS: readonly Operation[] = [
  {
    name: 'postMessage',
    description: 'Writes a message, or an answer below another one.',
    inputSchema: {
      type: 'object',
      additionalProperties: false,
      required: ['text'],
      properties: {
        text: { type: 'string', minLength: 1, maxLength: 40_000, description: 'In Slack’s own markup' },
        channel: { type: 'string', minLength: 1, maxLength: 200, description: 'Only for a BOT' },
        blocks: { type: 'array', maxItems: 50, items: { type: 'object' } },
        attachments: { type: 'array', maxItems: 20, items: { type: 'object' } },
        unfurlLinks: { type: 'boolean' },
        unfurlMedia: { type: 'boolean' },
        threadTs: { type: 'string', pattern: '^\\d{1,12}\\.\\d{1,6}$', description: 'Of the message that is answered' },
      },
    },
    outputSchema: {
      type: 'object',
      required: ['channel', 'ts'],
      properties: {
        channel: { type: ['string', 'null'] },
        ts: { type: ['string', 'null'], description: 'Name of the message in its channel; null for a WEBHOOK' },
      },
    },
    readOnly: false,
    repeatable: false,
  },
  {
    name: 'listChannels',
    description: 'Public channels of the workspace, page by page. Only for a BOT.',
    inputSchema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        limit: { type: 'integer', minimum: 1, maximum: 1_000 },
        cursor: { type: 'string', maxLength: 500, description: '`nextCursor` of the page before' },
      },
    },
    outputSchema: {
      type: 'object',
      required: ['channels', 'nextCursor'],
      properties: { channels: { type: 'array' }, nextCursor: { type: ['string', 'null'] } },
    },
    readOnly: true,
    repeatable: true,
  },
];

interface PostedMessage {
  readonly text: string;
  readonly channel?: string;
  readonly blocks?: readonly unknown[];
  readonly attachments?: readonly unknown[];
  readonly threadTs?: string;
  readonly unfurlLinks?: boolean;
  readonly unfurlMedia?: boolean;
}

/** Words of Slack that say that it has trouble itself. */
const TROUBLE = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
const LOGIN = new Set(['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']);

function slackFailure(word: string, repeatable: boolean): CallError {
  const message = `Slack answered ${word}.`;
  if (LOGIN.has(word)) return new CallError('AUTHENTICATION', message, { retryable: false, fault: false });
  const fault = TROUBLE.has(word);
  return new CallError('SLACK', message, { retryable: fault && repeatable, fault });
}

/** Of an address that is a secret: what of it is in the request, and the last step, which is the secret in it. */
function requestFormsOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { pathname, search } = new URL(url);
  return [pathname + search, pathname.slice(1), pathname.slice(pathname.lastIndexOf('/') + 1)];
}

/** Workspaces of Slack: by a bot, or by an incoming webhook. */
export function createSlackClient(http: GuardedHttp): IntegrationClient<SlackConfiguration> {
  /** A method of the Web API: its answer says in the body whether it was done. */
  async function ask(
    { configuration, credentials }: SlackSettings,
    method: string,
    body: object,
    options: {
      readonly repeatable: boolean;
      readonly signal: AbortSignal;
    },
  ) {
    const { text } = await askProvider(
      http,
      `${configuration.baseUrl.replace(/\/+$/, '')}/${method}`,
      {
        headers: {
          authorization: `Bearer ${credentials['token'] ?? ''}`,
          'content-type': 'application/json; charset=utf-8',
        },
        body: JSON.stringify(body),
        repeatable: options.repeatable,
      },
      options.signal,
    );
    const answer = fieldsOf(text);
    if (answer['ok'] !== true) throw slackFailure(String(answer['error'] ?? 'something else'), options.repeatable);
    return answer;
  }

  function webhookOf({ credentials }: SlackSettings): string {
    const url = credentials['webhookUrl'] ?? '';
    // It is a credential, so that it is not among the settings that are checked when they are stored.
    if (http.rules.problemOf(url) === null) return url;
    throw new CallError('INVALID_URL', 'The address of the webhook cannot be used.', {
      retryable: false,
      fault: false,
    });
  }

  async function postMessage(settings: SlackSettings, input: PostedMessage, signal: AbortSignal) {
    const { authentication, channel: usual } = settings.configuration;
    const { text, blocks, attachments, threadTs, unfurlLinks, unfurlMedia, channel = usual } = input;
    const message = {
      text,
      ...(blocks === undefined ? {} : { blocks }),
      ...(attachments === undefined ? {} : { attachments }),
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      ...(unfurlLinks === undefined ? {} : { unfurl_links: unfurlLinks }),
      ...(unfurlMedia === undefined ? {} : { unfurl_media: unfurlMedia }),
    };
    if (authentication === 'WEBHOOK') {
      if (input.channel !== undefined) {
        throw new InvalidCallInput([{ path: 'channel', message: 'must be left out: a webhook has its own channel' }]);
      }
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(message);
      await askProvider(http, webhookOf(settings), { headers, body, repeatable: false }, signal);
      return { channel: null, ts: null };
    }
    if (channel === undefined) throw new InvalidCallInput([{ path: 'channel', message: 'is required' }]);
    const answer = await ask(settings, 'chat.postMessage', { channel, ...message }, { repeatable: false, signal });
    return { channel: answer['channel'] ?? null, ts: answer['ts'] ?? null };
  }

  async function listChannels(
    settings: SlackSettings,
    { limit = 100, cursor = '' }: { limit?: number; cursor?: string },
    signal: AbortSignal,
  ) {
    if (settings.configuration.authentication !== 'BOT') {
      throw new InvalidCallInput([{ path: '', message: 'needs a BOT: a webhook can only write' }]);
    }
    const answer = await ask(settings, 'conversations.list', { limit, cursor }, { repeatable: true, signal });
    const next = (answer['response_metadata'] as { next_cursor?: string } | undefined)?.next_cursor;
    return { channels: answer['channels'] ?? [], nextCursor: next ? next : null };
  }

  return {
    type: 'SLACK',
    title: 'Slack',
    description: 'A workspace of Slack: messages by a bot or an incoming webhook.',
    configuration: slackConfiguration,
    credentials: {
      token: 'Token of a bot (xoxb-…).',
      webhookUrl: 'Address of an incoming webhook, which is a secret.',
    },
    operations: SLACK_OPERATIONS,
    problemsOf({ baseUrl }) {
      const message = http.rules.problemOf(baseUrl);
      return message ? [{ path: 'baseUrl', message }] : [];
    },
    wantedCredentials: ({ authentication }) => ({ required: [authentication === 'BOT' ? 'token' : 'webhookUrl'] }),
    credentialProblems: (_configuration, credentials) => headerCredentialProblems('token', credentials),
    // A webhook's address is the secret itself.
    destination: ({ authentication, baseUrl }) => (authentication === 'BOT' ? [baseUrl] : ['webhook']),
    sentForms: ({ credentials: { webhookUrl = '' } }) => requestFormsOf(webhookUrl),

    async test(settings, signal) {
      if (settings.configuration.authentication === 'BOT') {
        await ask(settings, 'auth.test', {}, { repeatable: true, signal });
        return;
      }
      // Anything that is not a message is refused with a word: the webhook is there, and nobody reads anything.
      const request = { headers: { 'content-type': 'application/json' }, body: '{}', repeatable: true };
      await askProvider(http, webhookOf(settings), request, signal).catch((error: unknown) => {
        const isRefusal = error instanceof CallError && /answered 400: (no_text|invalid_payload)/.test(error.message);
        if (!isRefusal) throw error;
      });
    },

    call: (settings, { operation, input }, signal) =>
      operation.name === 'postMessage'
        ? postMessage(settings, input as PostedMessage, signal)
        : listChannels(settings, (input ?? {}) as { limit?: number; cursor?: string }, signal),
  };
}
