import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface OidcServer {
  readonly url: string;
  /** Requests to the token endpoint so far, by grant. */
  readonly tokenRequests: readonly string[];
  /** Does in a browser what a person does who allows everything: gives the address that the browser is sent to. */
  allow(authorizationUrl: string): Promise<string>;
  /** Whether the server takes an access token, as a service would ask. */
  accepts(accessToken: string): Promise<boolean>;
  /** The server forgets one access token of a client. */
  revoke(accessToken: string): Promise<void>;
  /** The server forgets all that it has granted. */
  revokeAll(): Promise<void>;
  stop(): Promise<void>;
}

export const OIDC_CLIENT = { id: 'flowmesh', secret: 'a secret of the client, 42' } as const;
const PERSON = 'somebody';

function configuration(redirectUri: string, seconds: number): ConstructorParameters<typeof Provider>[1] {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    clients: [
      {
        client_id: OIDC_CLIENT.id,
        client_secret: OIDC_CLIENT.secret,
        grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
        redirect_uris: [redirectUri],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' } as never] },
    cookies: { keys: [randomUUID()] },
    scopes: ['openid', 'offline_access', 'things'],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    rotateRefreshToken: true,
    ttl: { AccessToken: seconds, ClientCredentials: seconds },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  };
}

/** Signs the person in, and allows what is asked. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: PERSON } });
  }
  const grant = new provider.Grant({ accountId: PERSON, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

/** A real authorization server, on this machine. Its access tokens are valid for so many seconds. */
export async function startOidcServer(redirectUri: string, accessTokenSeconds = 3_600): Promise<OidcServer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, configuration(redirectUri, accessTokenSeconds));
  const tokenRequests: string[] = [];
  const grants = new Set<string>();
  provider.use(async (context, next) => {
    await next();
    if (context.oidc?.route === 'token') tokenRequests.push(String(context.oidc.params?.['grant_type']));
  });
  provider.on('grant.success', ({ oidc }) => {
    if (oidc.entities.Grant) grants.add(oidc.entities.Grant.jti);
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) return void interact(provider, request, response);
    void answer(request, response);
  });
  return {
    url,
    tokenRequests,
    async allow(authorizationUrl) {
      const cookies = new Map<string, string>();
      for (let at = authorizationUrl, hops = 0; hops < 20; hops += 1) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
        for (const line of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          cookies.set(name, value);
        }
        const location = response.headers.get('location');
        if (location === null) throw new Error(`No way on: ${response.status} ${await response.text()}`);
        at = new URL(location, at).href;
        if (at.startsWith(redirectUri)) return at;
      }
      throw new Error('Too many redirects.');
    },
    async accepts(accessToken) {
      const found =
        (await provider.AccessToken.find(accessToken)) ?? (await provider.ClientCredentials.find(accessToken));
      return found?.isValid ?? false;
    },
    async revoke(accessToken) {
      await (await provider.ClientCredentials.find(accessToken))?.destroy();
    },
    async revokeAll() {
      for (const grant of grants) {
        await provider.AccessToken.revokeByGrantId(grant);
        await provider.RefreshToken.revokeByGrantId(grant);
      }
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
