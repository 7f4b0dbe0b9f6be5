import type { GuardedHttp } from '@flowmesh/platform/http';
import type { Settings } from '../integration-client.ts';
import { askProvider, fieldsOf } from '../provider-call.ts';
import type { EmailConfiguration, EmailProvider } from './email-configuration.ts';
import type { EmailMessage } from './email-message.ts';

/** A provider that is reached by HTTP. */
export interface EmailByHttp {
  test(settings: Settings<EmailConfiguration>, signal: AbortSignal): Promise<void>;
  /** Gives the id by which the provider knows the message. */
  send(settings: Settings<EmailConfiguration>, message: EmailMessage, signal: AbortSignal): Promise<string | null>;
}

const keyOf = ({ credentials }: Settings<EmailConfiguration>): string => credentials['apiKey'] ?? '';
const people = (addresses: readonly string[]) => addresses.map((email) => ({ email }));
const some = <T>(name: string, values: readonly T[]) => (values.length > 0 ? { [name]: values } : {});

/** SendGrid by its Mail Send API. */
export function createSendgrid(http: GuardedHttp): EmailByHttp {
  const addressOf = ({ configuration }: Settings<EmailConfiguration>) =>
    (configuration.provider as Extract<EmailProvider, { type: 'SENDGRID' }>).baseUrl.replace(/\/+$/, '');
  const authorization = (settings: Settings<EmailConfiguration>) => ({ authorization: `Bearer ${keyOf(settings)}` });
  return {
    async test(settings, signal) {
      const request = { method: 'GET', headers: authorization(settings), repeatable: true };
      await askProvider(http, `${addressOf(settings)}/v3/scopes`, request, signal);
    },
    async send(settings, message, signal) {
      const { from, fromName } = settings.configuration;
      const { to, cc, bcc, replyTo, subject, text, html, headers, attachments } = message;
      const body = {
        personalizations: [{ to: people(to), ...some('cc', people(cc)), ...some('bcc', people(bcc)) }],
        from: { email: from, ...(fromName === undefined ? {} : { name: fromName }) },
        ...(replyTo === undefined ? {} : { reply_to: { email: replyTo } }),
        // An empty one is refused there.
        subject: subject || ' ',
        content: [
          { type: 'text/plain', value: text },
          ...(html === undefined ? [] : [{ type: 'text/html', value: html }]),
        ],
        ...(Object.keys(headers).length > 0 ? { headers } : {}),
        ...some(
          'attachments',
          attachments.map(({ fileName, contentType, content }) => ({
            filename: fileName,
            type: contentType,
            content,
            disposition: 'attachment',
          })),
        ),
      };
      const answer = await askProvider(
        http,
        `${addressOf(settings)}/v3/mail/send`,
        {
          headers: { ...authorization(settings), 'content-type': 'application/json' },
          body: JSON.stringify(body),
          repeatable: false,
        },
        signal,
      );
      return answer.headers.get('x-message-id');
    },
  };
}

/** Mailgun by its Messages API. */
export function createMailgun(http: GuardedHttp): EmailByHttp {
  const providerOf = ({ configuration }: Settings<EmailConfiguration>) => {
    const { baseUrl, domain } = configuration.provider as Extract<EmailProvider, { type: 'MAILGUN' }>;
    return { base: baseUrl.replace(/\/+$/, ''), domain: encodeURIComponent(domain) };
  };
  const authorization = (settings: Settings<EmailConfiguration>) => ({
    authorization: `Basic ${Buffer.from(`api:${keyOf(settings)}`).toString('base64')}`,
  });
  return {
    async test(settings, signal) {
      const { base, domain } = providerOf(settings);
      const request = { method: 'GET', headers: authorization(settings), repeatable: true };
      await askProvider(http, `${base}/v3/domains/${domain}`, request, signal);
    },
    async send(settings, message, signal) {
      const { base, domain } = providerOf(settings);
      const { from, fromName } = settings.configuration;
      const form = new FormData();
      form.set('from', fromName === undefined ? from : `${JSON.stringify(fromName)} <${from}>`);
      for (const kind of ['to', 'cc', 'bcc'] as const) for (const each of message[kind]) form.append(kind, each);
      if (message.replyTo !== undefined) form.set('h:Reply-To', message.replyTo);
      for (const [name, value] of Object.entries(message.headers)) form.set(`h:${name}`, value);
      form.set('subject', message.subject);
      form.set('text', message.text);
      if (message.html !== undefined) form.set('html', message.html);
      for (const { fileName, contentType, content } of message.attachments) {
        form.append('attachment', new Blob([Buffer.from(content, 'base64')], { type: contentType }), fileName);
      }
      const encoded = new Response(form);
      const { text } = await askProvider(
        http,
        `${base}/v3/${domain}/messages`,
        {
          headers: { ...authorization(settings), 'content-type': encoded.headers.get('content-type') ?? '' },
          body: new Uint8Array(await encoded.arrayBuffer()),
          repeatable: false,
        },
        signal,
      );
      const { id } = fieldsOf(text);
      return typeof id === 'string' ? id : null;
    },
  };
}
