import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text as readStream } from 'node:stream/consumers';
import type { CommandContext } from '../context.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { expectMember, GraphClient } from '../graph-client.ts';
import { keepProfile, profilesFile } from '../profiles.ts';
import { urlOf } from '../session.ts';

/** What the commands of this program need. */
const DOMAINS = ['agent', 'workflow', 'context', 'integration', 'notification', 'user'];
const MAX_SCOPES = 100;

type SignedIn =
  | { readonly __typename: 'LoginSuccess'; readonly tokens: { readonly accessToken: string } }
  | { readonly __typename: 'MfaRequired'; readonly challengeToken: string }
  | { readonly __typename: 'Other'; readonly message: string };

/** Signs in, makes an API key with the person's rights on what files and executions concern, and keeps it in the profile. */
export async function login({ options, env, say }: CommandContext): Promise<ExitCode> {
  const file = profilesFile(env);
  const client = new GraphClient(urlOf(options, env), options.token);
  if (options.token === null) {
    const ask = createQuestions();
    try {
      const identifier = await ask.open(`E-mail or username at ${client.url}: `);
      client.use(
        await signIn(client, identifier, await ask.hidden('Password: '), () => ask.open('Code of the second factor: ')),
      );
    } finally {
      ask.close();
    }
    client.use(await makeKey(client));
  }
  const { me } = await client.request<{ me: { username: string } | null }>('{ me { username } }');
  if (!me || client.token === null)
    throw new CommandFailure('The token is of nobody that the product knows.', EXIT.refused);
  await keepProfile(file, options.profile, { url: client.url, token: client.token });
  say(`Signed in at ${client.url} as ${me.username}; profile "${options.profile}" in ${file}.`);
  return EXIT.done;
}

async function signIn(
  client: GraphClient,
  identifier: string,
  password: string,
  askCode: () => Promise<string>,
): Promise<string> {
  const fields = `__typename ... on LoginSuccess { tokens { accessToken } } ... on MutationError { message }`;
  const { login: first } = await client.request<{ login: SignedIn }>(
    `mutation SignIn($input: LoginInput!) { login(input: $input) { ${fields} ... on MfaRequired { challengeToken } } }`,
    { input: { identifier, password } },
  );
  if (first.__typename !== 'MfaRequired') return expectMember(first, 'LoginSuccess').tokens.accessToken;
  const { challengeToken } = first as Extract<SignedIn, { __typename: 'MfaRequired' }>;
  const { completeMfaLogin } = await client.request<{ completeMfaLogin: SignedIn }>(
    `mutation SecondFactor($input: CompleteMfaLoginInput!) { completeMfaLogin(input: $input) { ${fields} } }`,
    { input: { challengeToken, code: await askCode() } },
  );
  return expectMember(completeMfaLogin, 'LoginSuccess').tokens.accessToken;
}

/** Lives as long as keys do by default; to be revoked like any other. */
async function makeKey(client: GraphClient): Promise<string> {
  const { validateToken } = await client.request<{ validateToken: { scopes: readonly string[] } }>(
    'query Rights($token: String!) { validateToken(token: $token) { scopes } }',
    { token: client.token },
  );
  const scopes = validateToken.scopes.filter((scope) => [...DOMAINS, '*'].includes(scope.split(':')[0] ?? ''));
  const { createApiKey } = await client.request<{
    createApiKey: { __typename: 'CreateApiKeySuccess'; key: string } | { __typename: 'Other'; message: string };
  }>(
    `mutation MakeKey($input: CreateApiKeyInput!) {
      createApiKey(input: $input) { __typename ... on CreateApiKeySuccess { key } ... on MutationError { message } }
    }`,
    { input: { name: 'Command line', scopes: scopes.slice(0, MAX_SCOPES) } },
  );
  return expectMember(createApiKey, 'CreateApiKeySuccess').key;
}

/** Asks on the terminal, where what is hidden is not shown as it is typed; otherwise, standard input has an answer a line. */
function createQuestions() {
  if (!process.stdin.isTTY) return givenAnswers();
  let silent = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!silent) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  return {
    open: (question: string) => lines.question(question),
    async hidden(question: string) {
      process.stderr.write(question);
      silent = true;
      const answer = await lines.question('');
      silent = false;
      process.stderr.write('\n');
      return answer;
    },
    close: () => lines.close(),
  };
}

function givenAnswers() {
  let answers: Promise<string[]> | undefined;
  const next = async () => {
    answers ??= readStream(process.stdin).then((text) => text.split(/\r?\n/));
    return (await answers).shift() ?? '';
  };
  return { open: next, hidden: next, close: () => undefined };
}
