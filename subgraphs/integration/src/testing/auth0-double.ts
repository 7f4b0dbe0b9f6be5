import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { HttpDouble, sendJson, type HttpCall } from '@flowmesh/platform/testing';
import { SignJWT, type JWTPayload } from 'jose';

export interface Auth0Double {
  readonly url: string;
  readonly calls: readonly HttpCall[];
  readonly tokensGiven: number;
  expireTokens(): void;
  /** How requests below /api/v2 are answered next, instead. */
  answerNext(answer: (call: HttpCall) => void): void;
  /** A token that the tenant has signed, or somebody with another key. */
  sign(claims: JWTPayload, options?: { readonly seconds?: number; readonly stranger?: boolean }): Promise<string>;
  stop(): Promise<void>;
}

/** A tenant of Auth0 as far as formats go: client credentials, the Management API’s paths and bodies, keys. */
export async function startAuth0Double(client: { readonly id: string; readonly secret: string }): Promise<Auth0Double> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const users = new Map<string, Record<string, unknown>>();
  const rolesOf = new Map<string, Set<string>>();
  const roles = ['rol_reader', 'rol_writer'].map((id) => ({ id, name: id.slice(4) }));
  let tokensGiven = 0;
  let next: ((call: HttpCall) => void) | null = null;

  const refuse = ({ response }: HttpCall, statusCode: number, errorCode: string): void =>
    sendJson(response, { statusCode, error: 'Error', errorCode, message: `not so: ${errorCode}` }, statusCode);

  function giveToken({ method, headers, body, response }: HttpCall): void {
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const expected = {
      ...{ grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret },
      audience: `${double.url}/api/v2/`,
    };
    const given = JSON.stringify([...new URLSearchParams(body)].sort());
    if (method !== 'POST' || !isForm || given !== JSON.stringify(Object.entries(expected).sort())) {
      return sendJson(response, { error: 'access_denied', error_description: 'Unauthorized' }, 401);
    }
    tokensGiven += 1;
    sendJson(response, { access_token: `management.${tokensGiven}`, expires_in: 86_400, token_type: 'Bearer' });
  }

  const page = (url: URL, name: string, all: readonly unknown[]) => {
    const [at, limit] = [Number(url.searchParams.get('page') ?? 0), Number(url.searchParams.get('per_page') ?? 50)];
    const items = all.slice(at * limit, (at + 1) * limit);
    if (url.searchParams.get('include_totals') !== 'true') return items;
    return { [name]: items, start: at * limit, limit, total: all.length, length: items.length };
  };

  function answer(call: HttpCall): void {
    const url = new URL(call.path, double.url);
    if (url.pathname === '/oauth/token') return giveToken(call);
    if (url.pathname === '/.well-known/jwks.json') {
      const key = { ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' };
      return sendJson(call.response, { keys: [key] });
    }
    if (next) {
      const given = next;
      next = null;
      return given(call);
    }
    if (call.headers.authorization !== `Bearer management.${tokensGiven}`) return refuse(call, 401, 'invalid_token');
    manage(call, url);
  }

  function manage(call: HttpCall, url: URL): void {
    const { method, headers, body, response } = call;
    const isJson = headers['content-type'] === 'application/json';
    if (body !== '' && !isJson) return refuse(call, 400, 'invalid_body');
    const fields = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
    const route = `${method} ${url.pathname.replace(/^\/api\/v2/, '').replace(/\/users\/[^/]+/, '/users/:id')}`;
    const id = decodeURIComponent(/\/users\/([^/]+)/.exec(url.pathname)?.[1] ?? '');
    const user = users.get(id);
    if (route.includes(':id') && !user) return refuse(call, 404, 'inexistent_user');
    const of = rolesOf.get(id) ?? new Set<string>();
    const given = (fields['roles'] ?? []) as string[];
    switch (route) {
      case 'POST /users': {
        const user_id = `auth0|${users.size + 1}`;
        const kept = Object.entries(fields).filter(([name]) => name !== 'password');
        users.set(user_id, { user_id, ...Object.fromEntries(kept) });
        return sendJson(response, users.get(user_id), 201);
      }
      case 'GET /users': {
        const wanted = url.searchParams.get('q');
        const isV3 = url.searchParams.get('search_engine') === 'v3';
        if (wanted !== null && !isV3) return refuse(call, 400, 'invalid_query');
        const all = [...users.values()].filter((each) => wanted === null || wanted.includes(String(each['email'])));
        return sendJson(response, page(url, 'users', all));
      }
      case 'GET /users/:id':
        return sendJson(response, user);
      case 'PATCH /users/:id':
        users.set(id, { ...user, ...fields, user_id: id });
        return sendJson(response, users.get(id));
      case 'DELETE /users/:id':
        users.delete(id);
        return void response.writeHead(204).end();
      case 'GET /roles':
        return sendJson(response, page(url, 'roles', roles));
      case 'GET /users/:id/roles':
        return sendJson(
          response,
          page(
            url,
            'roles',
            roles.filter((role) => of.has(role.id)),
          ),
        );
      case 'POST /users/:id/roles':
      case 'DELETE /users/:id/roles':
        for (const role of given)
          if (method === 'POST') of.add(role);
          else of.delete(role);
        rolesOf.set(id, of);
        return void response.writeHead(204).end();
      default:
        return refuse(call, 404, 'not_found');
    }
  }

  const double = await HttpDouble.start(answer);
  return {
    ...{ url: double.url, calls: double.calls },
    get tokensGiven() {
      return tokensGiven;
    },
    expireTokens: () => void (tokensGiven += 1),
    answerNext: (given) => void (next = given),
    sign(claims, { seconds = 60, stranger: isStranger = false } = {}) {
      const key: KeyObject = (isStranger ? stranger : own).privateKey;
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setIssuer(`${double.url}/`)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .sign(key);
    },
    stop: () => double.stop(),
  };
}
