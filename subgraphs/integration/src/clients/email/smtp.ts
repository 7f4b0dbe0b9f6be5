import { isIP } from 'node:net';
import { GuardedHttpError, type GuardedConnect } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import { createTransport, type Transporter } from 'nodemailer';
import type { Settings } from '../integration-client.ts';
import type { EmailConfiguration, EmailProvider } from './email-configuration.ts';
import type { EmailMessage } from './email-message.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 60_000;

type SmtpProvider = Extract<EmailProvider, { type: 'SMTP' }>;

function transportOf(
  connect: GuardedConnect,
  { host, port, security, username }: SmtpProvider,
  password: string | undefined,
): Transporter {
  return createTransport({
    host,
    port,
    secure: security === 'TLS',
    requireTLS: security === 'STARTTLS',
    ignoreTLS: security === 'NONE',
    tls: { ...(isIP(host) === 0 ? { servername: host } : {}), minVersion: 'TLSv1.2' },
    ...(username === undefined ? {} : { auth: { user: username, pass: password ?? '' } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    logger: false,
    // Instead of a connection of the library's own: the address is checked, TLS is still its business.
    getSocket: (_options, callback) => {
      connect({ host, port, timeoutMs: CONNECT_TIMEOUT_MS }).then(
        (connection) => callback(null, { connection }),
        (error: unknown) => callback(error as Error),
      );
    },
  });
}

/** What nodemailer says of a failure. */
interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly message?: string;
}

/** There is no encryption, or none that is good. */
const TLS = new Set(['ETLS', 'EREQUIRETLS']);
const LOGIN_REPLIES = new Set([530, 534, 535, 538]);

function smtpFailure(error: unknown): CallError {
  if (error instanceof GuardedHttpError) {
    const away = error.code === 'CONNECTION' || error.code === 'TIMEOUT';
    return new CallError(error.code, error.message, { retryable: away, fault: away, cause: error });
  }
  const { code = '', responseCode = 0, message = 'the connection failed' } = (error ?? {}) as SmtpError;
  if (code === 'EAUTH' || LOGIN_REPLIES.has(responseCode)) {
    const told = 'The mail server refused the login.';
    return new CallError('AUTHENTICATION', told, { retryable: false, fault: false, cause: error });
  }
  const told = `The mail server: ${message}`;
  if (responseCode === 0 || TLS.has(code))
    return new CallError('CONNECTION', told, { retryable: false, fault: true, cause: error });
  // 4xx: it was not taken, and may be later (RFC 5321, 4.2.1). 421: the server goes away.
  const later = responseCode < 500;
  return new CallError('SMTP', told, {
    retryable: later,
    fault: responseCode === 421,
    status: responseCode,
    cause: error,
  });
}

async function withTransport<T>(
  connect: GuardedConnect,
  { configuration, credentials }: Settings<EmailConfiguration>,
  work: (transport: Transporter) => Promise<T>,
): Promise<T> {
  const transport = transportOf(connect, configuration.provider as SmtpProvider, credentials['password']);
  try {
    return await work(transport);
  } catch (error) {
    throw smtpFailure(error);
  } finally {
    transport.close();
  }
}

export const testSmtp = (connect: GuardedConnect, settings: Settings<EmailConfiguration>): Promise<void> =>
  withTransport(connect, settings, async (transport) => void (await transport.verify()));

/** Gives the id of the message. */
export function sendBySmtp(
  connect: GuardedConnect,
  settings: Settings<EmailConfiguration>,
  message: EmailMessage,
  { messageId, signal }: { readonly messageId: string; readonly signal: AbortSignal },
): Promise<string> {
  const { from, fromName = '' } = settings.configuration;
  return withTransport(connect, settings, async (transport) => {
    const sent = await transport.sendMail({
      from: { name: fromName, address: from },
      to: message.to,
      cc: message.cc,
      bcc: message.bcc,
      ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
      subject: message.subject,
      text: message.text,
      ...(message.html === undefined ? {} : { html: message.html }),
      attachments: message.attachments.map(({ fileName, contentType, content }) => ({
        filename: fileName,
        contentType,
        content: Buffer.from(content, 'base64'),
      })),
      messageId,
      headers: message.headers,
      disableFileAccess: true,
      disableUrlAccess: true,
      signal,
    });
    return String(sent.messageId);
  });
}
