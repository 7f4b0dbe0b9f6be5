import { isIP } from 'node:net';
import type { GuardedConnect } from '@flowmesh/platform/http';
import { LRUCache } from 'lru-cache';
import { createTransport, type SMTPPoolOptions, type Transporter } from 'nodemailer';
import type { ChannelAdapter } from '../channel-adapter.ts';
import { checkEmailRecipient } from '../recipients.ts';
import { toMail } from './email-message.ts';
import type { SmtpSettings } from './email-settings.ts';
import { smtpFailure } from './smtp-failure.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 60_000;
/** Connections of one process to one server. */
const MAX_CONNECTIONS = 5;
const MAX_SERVERS = 50;

function createPool(settings: SmtpSettings, connect: GuardedConnect): Transporter {
  const { host, port, security, username, password } = settings;
  const options: SMTPPoolOptions & { readonly pool: true } = {
    pool: true,
    host,
    port,
    secure: security === 'TLS',
    requireTLS: security === 'STARTTLS',
    tls: { ...(isIP(host) === 0 ? { servername: host } : {}), minVersion: 'TLSv1.2' },
    ...(username === null ? {} : { auth: { user: username, pass: password ?? '' } }),
    maxConnections: MAX_CONNECTIONS,
    maxRequeues: 1,
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
  };
  return createTransport(options);
}

/** Mail servers over SMTP. Connections are pooled. After the server has accepted a message there are no further reports. */
export function createSmtpAdapter(connect: GuardedConnect): ChannelAdapter {
  const pools = new LRUCache<string, Transporter>({ max: MAX_SERVERS, dispose: (pool) => pool.close() });

  const poolOf = (settings: SmtpSettings): Transporter => {
    const { host, port, security, username, password } = settings;
    const key = JSON.stringify([host, port, security, username, password]);
    const known = pools.get(key);
    if (known) return known;
    const pool = createPool(settings, connect);
    pools.set(key, pool);
    return pool;
  };

  return {
    channel: 'EMAIL',
    provider: 'SMTP',
    checkRecipient: checkEmailRecipient,
    async send(message, settings, { signal, deadlineMs }) {
      const smtp = settings as unknown as SmtpSettings;
      const mail = toMail(message, smtp);
      const deadline = AbortSignal.timeout(deadlineMs);
      try {
        const info = await poolOf(smtp).sendMail({ ...mail, signal: AbortSignal.any([signal, deadline]) });
        return { providerMessageId: info.messageId, delivered: true, response: info.response ?? null };
      } catch (error) {
        throw smtpFailure(error, { stopped: signal.aborted, late: deadline.aborted, deadlineMs });
      }
    },
    async close() {
      pools.clear();
    },
  };
}
