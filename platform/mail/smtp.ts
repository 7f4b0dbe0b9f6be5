import { createTransport } from 'nodemailer';
import type { Mail } from './mail.ts';
import type { MailConfig } from './mail-config.ts';

/** Hands mails to a server. */
export interface MailTransport {
  /** Rejects when the server has not taken it. The same `id` again is the same mail. */
  send(id: string, mail: Mail, deadlineMs: number): Promise<void>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 3;

/** One mail server, by SMTP. Its certificate is checked; passwords are sent only over TLS. */
export function createSmtpTransport(smtpUrl: string, from: MailConfig['from']): MailTransport {
  const transporter = createTransport({
    ...smtpSettings(smtpUrl),
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^>\s]+)>?$/.exec(from)?.[1] ?? 'localhost';
  return {
    async send(id, { to, subject, text, html }, deadlineMs) {
      await transporter.sendMail({
        from,
        // As an object it is one address, whatever it looks like.
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: `<${id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(deadlineMs),
      });
    },
    close: () => transporter.close(),
  };
}

function smtpSettings(smtpUrl: string) {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  const auth = username === '' ? null : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && auth !== null,
    tls: { minVersion: 'TLSv1.2' as const },
    ...(auth && { auth }),
  };
}

/** Whether trying again is of no use: the server has refused the mail for good (RFC 5321, 5yz). */
export function isRefusedForGood(error: unknown): boolean {
  const { responseCode, command } = error as { responseCode?: unknown; command?: unknown };
  // Refused before the mail was named (greeting, sign-in) it is the server's or the configuration's matter.
  const aboutTheMail = ['MAIL FROM', 'RCPT TO', 'DATA'].includes(String(command));
  return aboutTheMail && typeof responseCode === 'number' && responseCode >= 500;
}
