import { HttpDouble, sendJson, type HttpCall } from '@flowmesh/platform/testing';

/** In the words of each service: what was sent, and what the service knows. */
function refuse({ path, response }: HttpCall, told: string): void {
  if (path.startsWith('/papers')) {
    const message = told.replace(/[<&]/g, ' ').slice(0, 450);
    return void response.writeHead(403).end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`);
  }
  if (path.startsWith('/storage/v1/') || path.startsWith('/v1/')) {
    const error = { message: told, code: told, type: told, errors: [{ reason: told }] };
    return sendJson(response, { error }, 402);
  }
  if (path.startsWith('/api/v2/')) return sendJson(response, { errorCode: told, message: told }, 400);
  if (path.startsWith('/api/')) return sendJson(response, { ok: false, error: told });
  return void response.writeHead(500).end(told);
}

/** The access token for which a secret is exchanged, which is a secret too. */
export const tokenOf = (secret: string): string => `token-of-${secret.replace(/\W/g, '').slice(0, 40)}`;

/** A service that refuses everything, and tells everybody what it was sent and the secret that it knows. */
export const startTelltaleService = (secret: () => string): Promise<HttpDouble> =>
  HttpDouble.start((call) => {
    const { path, headers, body, response } = call;
    if (path.endsWith('/token')) {
      const token = { access_token: tokenOf(secret()), expires_in: 3_600, token_type: 'Bearer' };
      return sendJson(response, token);
    }
    const sent = [headers.authorization, secret(), path, body].filter(Boolean).join(' ');
    refuse(call, `you sent ${sent}`);
  });
