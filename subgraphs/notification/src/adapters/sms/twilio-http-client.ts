import type { GuardedHttp } from '@flowmesh/platform/http';
import type twilio from 'twilio';
import type { SendOptions } from '../channel-adapter.ts';
import { post } from '../provider-call.ts';

type TwilioRequest = Parameters<twilio.RequestClient['request']>[0];

/** Fields as a form; a list is repeated under its name. */
function formOf(data: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(data).flatMap(([name, value]) => {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values
      .filter((item) => item !== undefined && item !== null)
      .map((item): [string, string] => [name, String(item)]);
  });
  return new URLSearchParams(fields).toString();
}

/** Lets the Twilio library call through the guarded client, at whatever address the account is reached. */
export function twilioHttpClient(http: GuardedHttp, baseUrl: string, options: SendOptions) {
  let lastHeaders = new Headers();
  const client = {
    async request({ uri, username = '', password = '', headers = {}, data }: TwilioRequest) {
      const { pathname, search } = new URL(uri);
      const credentials = Buffer.from(`${username}:${password}`).toString('base64');
      const answer = await post(
        http,
        `${baseUrl}${pathname}${search}`,
        {
          headers: { ...(headers as Record<string, string>), authorization: `Basic ${credentials}` },
          body: formOf((data ?? {}) as Record<string, unknown>),
        },
        { ...options, blame: 'provider' },
      );
      lastHeaders = answer.headers;
      return { statusCode: answer.status, body: answer.body, headers: Object.fromEntries(answer.headers) };
    },
  };
  return {
    client: client as unknown as twilio.RequestClient,
    /** Of the last answer: the library's errors do not carry them. */
    lastHeaders: () => lastHeaders,
  };
}
