import { GuardedHttpError } from '@flowmesh/platform/http';
import { DeliveryFailure } from '../channel-adapter.ts';
import { connectionFailure, quoted } from '../provider-call.ts';

/** What nodemailer says of a failure. */
interface SmtpError {
  readonly code?: string;
  /** Of Node.js, when `code` is nodemailer's word for it. */
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly response?: string;
  /** `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA` … */
  readonly command?: string;
  readonly message?: string;
}

const AUTHENTICATION = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2']);
const TLS = new Set(['ETLS', 'EREQUIRETLS']);
/** What Node.js says of certificates that are not to be trusted, and of failed handshakes. */
const TLS_CAUSE = /CERT|SELF_SIGNED|^ERR_(TLS|SSL)/;
/** Replies that ask for a login, at whatever command. */
const LOGIN_REPLIES = new Set([530, 534, 535, 538]);
/** Enhanced status codes (RFC 3463) of a mailbox that does not exist any more. */
const NO_MAILBOX = /\b5\.1\.(1|10)\b/;

const byProvider = (message: string, code: string) =>
  new DeliveryFailure(message, { code, retryable: true, blame: 'provider' });

/** A reply of the server: 4xx may go better later, 5xx stays what it is (RFC 5321, 4.2.1). */
function replyFailure(reply: number, { command = '', response = '' }: SmtpError): DeliveryFailure {
  const message = `The mail server answered ${quoted(response) || String(reply)}`;
  if (reply === 421) return byProvider(message, 'UNAVAILABLE');
  // 503: the session is in the wrong state, not the message.
  const temporary = reply < 500 || reply === 503;
  if (command.startsWith('MAIL')) return byProvider(message, temporary ? 'UNAVAILABLE' : 'SENDER_REJECTED');
  if (command.startsWith('RCPT')) {
    if (temporary) return new DeliveryFailure(message, { code: 'DEFERRED', retryable: true });
    const gone = NO_MAILBOX.test(response);
    return new DeliveryFailure(message, { code: 'INVALID_RECIPIENT', retryable: false, disablesRecipient: gone });
  }
  // Before a message is begun, only the server can be at fault.
  if (!command.startsWith('DATA')) return byProvider(message, 'UNAVAILABLE');
  return new DeliveryFailure(message, { code: temporary ? 'DEFERRED' : 'REJECTED', retryable: temporary });
}

export function smtpFailure(
  error: unknown,
  context: { readonly stopped: boolean; readonly late: boolean; readonly deadlineMs: number },
): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  if (context.stopped) return new DeliveryFailure('The call was stopped.', { code: 'ABORTED', retryable: true });
  if (context.late) return byProvider(`No complete answer within ${context.deadlineMs} ms.`, 'TIMEOUT');
  if (error instanceof GuardedHttpError) return connectionFailure(error, 'provider');
  const smtp = (error ?? {}) as SmtpError;
  const { code = '', originalCode = '', responseCode, message = 'the connection failed' } = smtp;
  if (AUTHENTICATION.has(code) || LOGIN_REPLIES.has(responseCode ?? 0)) {
    return byProvider('The mail server refused the login.', 'AUTHENTICATION');
  }
  if (responseCode) return replyFailure(responseCode, smtp);
  if (TLS.has(code) || TLS_CAUSE.test(originalCode))
    return byProvider(`No encrypted connection to the mail server: ${quoted(message)}`, 'TLS');
  return byProvider(
    `No answer of the mail server: ${quoted(message)}`,
    code === 'ETIMEDOUT' ? 'TIMEOUT' : 'CONNECTION',
  );
}
