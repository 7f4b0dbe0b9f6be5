import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly mail: ParsedMail;
}

export interface SmtpDoubleOptions {
  /** Any free one when left out. */
  readonly port?: number;
  /** Nobody need log in when absent. */
  readonly login?: { readonly user: string; readonly password: string };
  /** A reply instead of taking the recipient, e.g. `550 5.1.1 No such user`; null to take it. */
  readonly refuse?: (recipient: string) => string | null;
  /** A reply instead of taking the message, asked when it has arrived. */
  readonly refuseMessage?: (mail: ReceivedMail) => string | null;
}

/** An SMTP reply in the form of the library: its code, and the rest. */
function reply(text: string): Error {
  const [, code = '550', rest = text] = /^(\d{3}) (.*)$/s.exec(text) ?? [];
  return Object.assign(new Error(rest), { responseCode: Number(code) });
}

/** A real mail server that keeps what it is given. It has no certificate anybody would trust, so it offers no TLS. */
export async function startSmtpDouble(options: SmtpDoubleOptions = {}) {
  const { login, refuse, refuseMessage } = options;
  const received: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    authOptional: !login,
    disableReverseLookup: true,
    closeTimeout: 200,
    onConnect(_session, callback) {
      connections += 1;
      callback();
    },
    onAuth({ username, password }, _session, callback) {
      if (login && username === login.user && password === login.password) return callback(null, { user: username });
      return callback(reply('535 5.7.8 Invalid username or password'));
    },
    onRcptTo({ address }, _session, callback) {
      const refusal = refuse?.(address) ?? null;
      return refusal === null ? callback() : callback(reply(refusal));
    },
    onData(stream, { envelope }, callback) {
      simpleParser(stream).then((mail) => {
        const to = envelope.rcptTo.map(({ address }) => address);
        const one = { to, from: envelope.mailFrom ? envelope.mailFrom.address : '', mail };
        const refusal = refuseMessage?.(one) ?? null;
        if (refusal !== null) return callback(reply(refusal));
        received.push(one);
        return callback();
      }, callback);
    },
  });
  // Clients that are killed break their connections off.
  server.on('error', () => undefined);
  const listening = server.listen(options.port ?? 0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    url: `smtp://127.0.0.1:${port}`,
    received,
    /** How often somebody has connected. */
    connections: () => connections,
    stop: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

export type SmtpDouble = Awaited<ReturnType<typeof startSmtpDouble>>;
