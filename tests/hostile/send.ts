import { request } from 'undici';
import WebSocket from 'ws';
import type { HostileKind } from './inputs.ts';

export interface HostileAnswer {
  /** Of HTTP, or the code a socket was closed with; null while the socket is open. */
  readonly status: number | null;
  readonly bytes: number;
  /** Codes of the errors in the answer. */
  readonly codes: readonly string[];
}

/** Sends a request over HTTP and reads the answer to its end. The server may close the connection meanwhile. */
export async function sendOverHttp(
  url: string,
  kind: HostileKind,
  bytes: number,
  accessToken: string | null,
): Promise<HostileAnswer> {
  const { statusCode, body } = await request(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken && { authorization: `Bearer ${accessToken}` }),
      ...kind.headers,
    },
    body: kind.make(bytes),
    headersTimeout: 60_000,
  });
  const text = await body.text();
  return { status: statusCode, bytes: text.length, codes: codesOf(text) };
}

/** Sends the same over a WebSocket of its own, and waits for the end of the operation or of the socket. */
export async function sendOverSocket(
  url: string,
  kind: HostileKind,
  bytes: number,
  accessToken: string | null,
): Promise<HostileAnswer> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const send = (message: string) => socket.send(message);
  try {
    return await new Promise<HostileAnswer>((resolve, reject) => {
      const heard: string[] = [];
      const end = (status: number | null) => {
        const all = heard.join('\n');
        resolve({ status, bytes: all.length, codes: codesOf(all) });
      };
      socket.on('open', () =>
        send(
          JSON.stringify({
            type: 'connection_init',
            payload: accessToken ? { authorization: `Bearer ${accessToken}` } : {},
          }),
        ),
      );
      socket.on('message', (data: Buffer) => {
        const message = data.toString();
        const { type } = JSON.parse(message) as { type: string };
        if (type === 'connection_ack') send(`{"id":"1","type":"subscribe","payload":${kind.make(bytes).toString()}}`);
        if (type === 'next' || type === 'error') heard.push(message);
        if (type === 'complete' || type === 'error') end(null);
      });
      socket.on('close', end);
      socket.on('error', reject);
    });
  } finally {
    socket.terminate();
  }
}

function codesOf(text: string): string[] {
  const codes = [...text.matchAll(/"code":"([A-Z_]+)"/g)].map(([, code]) => code ?? '');
  return [...new Set(codes)];
}
