import { simpleParser, type ParsedMail } from 'mailparser';
import { basicCredentials, startHttpService, type ServiceAnswer, type ServiceCall } from './http-service.ts';

export const MAILGUN = { apiKey: 'key-0123456789abcdef', domain: 'mg.flowmesh.test' };

export interface MailgunMail {
  readonly to: string;
  readonly notificationId: string | null;
  readonly mail: ParsedMail;
}

async function formOf({ headers, bytes }: ServiceCall): Promise<FormData | null> {
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return null;
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData().catch(() => null);
}

/** Mailgun's API for whole messages. */
export async function startMailgunDouble({ apiKey, domain } = MAILGUN) {
  const mails: MailgunMail[] = [];

  async function answer(call: ServiceCall): Promise<ServiceAnswer> {
    const credentials = basicCredentials(call);
    if (credentials?.user !== 'api' || credentials.password !== apiKey) return { status: 401, body: 'Forbidden' };
    const [, version, at, endpoint] = call.path.split('/');
    if (version !== 'v3' || endpoint !== 'messages.mime' || call.method !== 'POST') {
      return { status: 404, body: '404 page not found' };
    }
    if (at !== domain) return { status: 404, body: { message: `Domain not found: ${at}` } };
    const form = await formOf(call);
    const to = form?.get('to');
    const message = form?.get('message');
    if (typeof to !== 'string' || !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(to)) {
      return { status: 400, body: { message: "'to' parameter is not a valid address. please check documentation" } };
    }
    if (!(message instanceof Blob)) return { status: 400, body: { message: "'message' parameter is missing" } };
    const mail = await simpleParser(Buffer.from(await message.arrayBuffer()));
    if (!mail.from) return { status: 400, body: { message: "'from' parameter is missing" } };
    const notificationId = form?.get('v:notification_id');
    mails.push({ to, mail, notificationId: typeof notificationId === 'string' ? notificationId : null });
    return { status: 200, body: { id: mail.messageId ?? '', message: 'Queued. Thank you.' } };
  }

  return { ...(await startHttpService(answer)), mails };
}

export type MailgunDouble = Awaited<ReturnType<typeof startMailgunDouble>>;
