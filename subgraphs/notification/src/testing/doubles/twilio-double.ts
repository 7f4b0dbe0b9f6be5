import { createHmac, randomBytes } from 'node:crypto';
import { basicCredentials, startHttpService, type ServiceAnswer, type ServiceCall } from './http-service.ts';

export interface TwilioMessage {
  readonly sid: string;
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  readonly body: string;
  readonly statusCallback: string | null;
}

export interface TwilioReport {
  readonly method: 'POST';
  /** At the address of the product. */
  readonly path: string;
  readonly body: string;
  readonly headers: { readonly 'content-type': string; readonly 'x-twilio-signature': string };
}

interface Account {
  readonly accountSid: string;
  readonly authToken: string;
}

export const TWILIO_ACCOUNT: Account = { accountSid: `AC${'0a'.repeat(16)}`, authToken: 'b'.repeat(32) };

/** An error as Twilio's API writes it. */
export const twilioError = (status: number, code: number, message: string): ServiceAnswer => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

function problemOf(fields: URLSearchParams): ServiceAnswer | null {
  const to = fields.get('To');
  const callback = fields.get('StatusCallback');
  if (!to) return twilioError(400, 21604, "A 'To' phone number is required.");
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return twilioError(400, 21211, `Invalid 'To' Phone Number: ${to}`);
  if (!fields.get('From') && !fields.get('MessagingServiceSid')) {
    return twilioError(400, 21603, "A 'From' phone number is required.");
  }
  if (!fields.get('Body')) return twilioError(400, 21602, 'Message body is required.');
  if ([...(fields.get('Body') ?? '')].length > 1_600) {
    return twilioError(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
  }
  if (callback && !URL.canParse(callback)) return twilioError(400, 21609, 'The StatusCallback URL is not valid.');
  return null;
}

/** Signs as Twilio does: the address, then every field's name and value in the order of the names. */
export function twilioSignature(authToken: string, url: string, fields: Readonly<Record<string, string>>): string {
  const signed = Object.keys(fields)
    .sort()
    .reduce((text, name) => text + name + fields[name], url);
  return createHmac('sha1', authToken).update(signed).digest('base64');
}

/** Twilio's messaging API: takes messages, and reports what became of them when a test says so. */
export async function startTwilioDouble(account: Account = TWILIO_ACCOUNT) {
  const messages: TwilioMessage[] = [];
  let onTaken: (message: TwilioMessage) => Promise<void> | void = () => undefined;

  async function answer(call: ServiceCall): Promise<ServiceAnswer> {
    const credentials = basicCredentials(call);
    if (credentials?.user !== account.accountSid || credentials.password !== account.authToken) {
      return twilioError(401, 20003, 'Authenticate');
    }
    if (call.path !== `/2010-04-01/Accounts/${account.accountSid}/Messages.json`) {
      return twilioError(404, 20404, `The requested resource ${call.path} was not found`);
    }
    if (call.method !== 'POST') return twilioError(405, 20004, 'Method not allowed');
    if (!call.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      return twilioError(415, 20415, 'Content type not supported');
    }
    const fields = new URLSearchParams(call.body.toString());
    const problem = problemOf(fields);
    if (problem) return problem;
    const message = {
      sid: `SM${randomBytes(16).toString('hex')}`,
      to: fields.get('To') ?? '',
      from: fields.get('From'),
      messagingServiceSid: fields.get('MessagingServiceSid'),
      body: fields.get('Body') ?? '',
      statusCallback: fields.get('StatusCallback'),
    };
    messages.push(message);
    await onTaken(message);
    return {
      status: 201,
      body: {
        sid: message.sid,
        account_sid: account.accountSid,
        to: message.to,
        from: message.from,
        messaging_service_sid: message.messagingServiceSid,
        body: message.body,
        status: message.messagingServiceSid ? 'accepted' : 'queued',
        num_segments: '1',
        error_code: null,
        error_message: null,
        uri: `/2010-04-01/Accounts/${account.accountSid}/Messages/${message.sid}.json`,
      },
    };
  }

  const service = await startHttpService(answer);
  return {
    ...service,
    messages,
    /** Called with each message that is taken, before it is answered. */
    onTaken(called: typeof onTaken) {
      onTaken = called;
    },
    /** The request by which a status is reported to the callback of a message. */
    report(message: TwilioMessage, status: string, errorCode?: number): TwilioReport {
      if (message.statusCallback === null) throw new Error('the message has no status callback');
      const fields = {
        AccountSid: account.accountSid,
        ApiVersion: '2010-04-01',
        From: message.from ?? '',
        MessageSid: message.sid,
        MessageStatus: status,
        SmsSid: message.sid,
        SmsStatus: status,
        To: message.to,
        ...(errorCode === undefined ? {} : { ErrorCode: String(errorCode) }),
      };
      const { pathname, search } = new URL(message.statusCallback);
      return {
        method: 'POST',
        path: `${pathname}${search}`,
        body: new URLSearchParams(fields).toString(),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': twilioSignature(account.authToken, message.statusCallback, fields),
        },
      };
    },
  };
}

export type TwilioDouble = Awaited<ReturnType<typeof startTwilioDouble>>;
