import type { GuardedConnect, GuardedHttp } from '@flowmesh/platform/http';
import type { InvalidField } from '@flowmesh/platform/validation';
import { headerCredentialProblems } from '../header-credential.ts';
import type { IntegrationClient } from '../integration-client.ts';
import { createMailgun, createSendgrid } from './email-by-http.ts';
import { emailConfiguration, type EmailConfiguration } from './email-configuration.ts';
import { EMAIL_OPERATIONS, readMessage } from './email-message.ts';
import { sendBySmtp, testSmtp } from './smtp.ts';

/** E-mail by a mail server, SendGrid or Mailgun. */
export function createEmailClient(http: GuardedHttp, connect: GuardedConnect): IntegrationClient<EmailConfiguration> {
  const byHttp = { SENDGRID: createSendgrid(http), MAILGUN: createMailgun(http) };

  return {
    type: 'EMAIL',
    title: 'E-mail',
    description: 'E-mail by a mail server (SMTP), SendGrid or Mailgun.',
    configuration: emailConfiguration,
    credentials: { password: 'Password of a mail server.', apiKey: 'Key of SendGrid or Mailgun.' },
    operations: EMAIL_OPERATIONS,
    problemsOf({ provider }): InvalidField[] {
      const [name, message] =
        provider.type === 'SMTP'
          ? ['host', http.rules.hostProblem(provider.host)]
          : ['baseUrl', http.rules.problemOf(provider.baseUrl)];
      return message ? [{ path: `provider.${name}`, message }] : [];
    },
    wantedCredentials({ provider }) {
      if (provider.type !== 'SMTP') return { required: ['apiKey'] };
      return { required: provider.username === undefined ? [] : ['password'] };
    },
    credentialProblems: ({ provider }, credentials) =>
      provider.type === 'SENDGRID' ? headerCredentialProblems('apiKey', credentials) : [],
    destination: ({ provider }) =>
      provider.type === 'SMTP'
        ? [provider.host.toLowerCase(), provider.port, provider.security, provider.username]
        : [provider.type, provider.baseUrl],
    sentForms: ({ credentials: { apiKey } }) =>
      apiKey === undefined ? [] : [Buffer.from(`api:${apiKey}`).toString('base64')],

    test(settings, signal) {
      const { type } = settings.configuration.provider;
      return type === 'SMTP' ? testSmtp(connect, settings) : byHttp[type].test(settings, signal);
    },

    async call(settings, { input, idempotencyKey }, signal) {
      const message = readMessage(input);
      const { provider, from } = settings.configuration;
      if (provider.type !== 'SMTP') return { messageId: await byHttp[provider.type].send(settings, message, signal) };
      // The same for each attempt, so that whoever gets two can tell.
      const messageId = `<${encodeURIComponent(idempotencyKey)}@${from.slice(from.lastIndexOf('@') + 1)}>`;
      return { messageId: await sendBySmtp(connect, settings, message, { messageId, signal }) };
    },
  };
}
