import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Options } from './command-line.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { expectMember, GraphClient } from './graph-client.ts';
import { profilesFile, readProfile } from './profiles.ts';

/** The repository; this file lies two folders below it, as source and as bundle. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the product is, without `/graphql`. */
export function urlOf(options: Options, env: NodeJS.ProcessEnv): string {
  const url = options.url ?? `http://localhost:${env['PORT'] || '4000'}`;
  if (!/^https?:\/\/[^/]+/.test(url)) {
    throw new CommandFailure(`--url ${url}: must begin with http:// or https://`, EXIT.usage);
  }
  return url.replace(/\/(graphql\/?)?$/, '');
}

/** A client that acts as somebody: by a token, a profile, or as the first administrator of this checkout. */
export async function openSession(options: Options, env: NodeJS.ProcessEnv): Promise<GraphClient> {
  if (options.token !== null) return new GraphClient(urlOf(options, env), options.token);
  const profile = await readProfile(profilesFile(env), options.profile);
  if (profile) return new GraphClient(options.url === null ? profile.url : urlOf(options, env), profile.token);
  const client = new GraphClient(urlOf(options, env), null);
  const administrator = await readAdministrator(join(resolve(root, env['DATA_DIR'] || '.data'), 'admin.json'));
  if (!administrator) {
    throw new CommandFailure('Nobody is signed in: `npm run workflow -- login`, or give --token.', EXIT.refused);
  }
  client.use(await signIn(client, administrator.email, administrator.password));
  return client;
}

/** Gives an access token. */
export async function signIn(client: GraphClient, identifier: string, password: string): Promise<string> {
  const { login } = await client.request<{
    login: { __typename: 'LoginSuccess'; tokens: { accessToken: string } } | { __typename: 'Other'; message: string };
  }>(
    `mutation SignIn($input: LoginInput!) {
      login(input: $input) {
        __typename
        ... on LoginSuccess { tokens { accessToken } }
        ... on MutationError { message }
      }
    }`,
    { input: { identifier, password } },
  );
  return expectMember(login, 'LoginSuccess').tokens.accessToken;
}

/** Id of whoever the client acts as. */
export async function whoAmI(client: GraphClient): Promise<string> {
  const { me } = await client.request<{ me: { id: string } | null }>('{ me { id } }');
  if (!me) throw new CommandFailure('The token is of nobody that the product knows.', EXIT.refused);
  return me.id;
}

async function readAdministrator(file: string): Promise<{ email: string; password: string } | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as { email: string; password: string };
  } catch {
    return null;
  }
}
