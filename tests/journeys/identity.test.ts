import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { generateSync } from 'otplib';
import { graph } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';
import { until } from '@flowmesh/platform/testing';
import { LOGIN, unique } from '../harness/users.ts';

const product = sharedProduct();
const { anonymous, as } = graph(product);

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

interface Entry {
  readonly action: string;
  readonly outcome: string;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly subjectId: string | null;
  readonly details: object;
}

const mutation = (name: string, type: string, fields = '') =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on MutationError { code message } ${fields} } }`;

/** The token of the mail to this address. */
const mailToken = (address: string) =>
  until('a mail with a token has come', async () => {
    const answer = await fetch(`${product.url}/dev/outbox?to=${encodeURIComponent(address)}`);
    const { mails } = (await answer.json()) as { mails: { text: string }[] };
    return mails.flatMap(({ text }) => /#token=([\w-]{43})$/m.exec(text)?.[1] ?? [])[0];
  });

test('a whole life: register, confirm, sign in with two factors, go on, change the password; and the log of it', async () => {
  const email = `${unique('life')}@flowmesh.test`;
  const password = `pass phrase of ${email}`;
  const newPassword = `another phrase of ${unique('life')}`;

  expect(await anonymous.mutate(mutation('register', 'RegisterInput'), { input: { email, password } })).toEqual({
    __typename: 'RegisterSuccess',
  });
  const token = await mailToken(email);
  expect(await anonymous.mutate(mutation('verifyEmail', 'VerifyEmailInput'), { input: { token } })).toEqual({
    __typename: 'VerifyEmailSuccess',
  });

  // Signed in with the password alone, the second factor is set up.
  const { tokens: first, user } = await anonymous.mutate<{ tokens: Tokens; user: { id: string } }>(LOGIN, {
    input: { identifier: email, password },
  });
  const { secret } = await as(first).mutate<{ secret: string }>(
    mutation('beginMfaEnrolment', 'BeginMfaEnrolmentInput', '... on BeginMfaEnrolmentSuccess { secret }'),
    { input: { password } },
  );
  const { backupCodes } = await as(first).mutate<{ backupCodes: string[] }>(
    mutation('confirmMfaEnrolment', 'ConfirmMfaEnrolmentInput', '... on ConfirmMfaEnrolmentSuccess { backupCodes }'),
    { input: { code: generateSync({ secret }) } },
  );

  // From now on it is asked for.
  const { challengeToken } = await anonymous.mutate<{ challengeToken: string }>(
    mutation('login', 'LoginInput', '... on MfaRequired { challengeToken }'),
    { input: { identifier: email, password } },
  );
  const { tokens: second } = await anonymous.mutate<{ tokens: Tokens }>(
    mutation(
      'completeMfaLogin',
      'CompleteMfaLoginInput',
      '... on LoginSuccess { tokens { accessToken refreshToken } }',
    ),
    { input: { challengeToken, code: backupCodes[0] } },
  );
  const { tokens: third } = await anonymous.mutate<{ tokens: Tokens }>(
    mutation('refreshToken', 'RefreshTokenInput', '... on RefreshTokenSuccess { tokens { accessToken refreshToken } }'),
    { input: { refreshToken: second.refreshToken } },
  );

  // The first session holds a socket open while the other one changes the password.
  const messages = as(first).subscribe('subscription { agentEvents { cursor } }');
  await messages.next();
  const ended = expect(messages.next()).rejects.toBeDefined();
  expect(
    await as(third).mutate(mutation('changePassword', 'ChangePasswordInput'), {
      input: { currentPassword: password, newPassword },
    }),
  ).toEqual({ __typename: 'ChangePasswordSuccess' });
  await ended;
  expect(messages.closed?.code).toBe(4401);
  await until('the other session is dead', async () => {
    const { status } = await as(first).ask('{ me { id } }');
    return status === 401;
  });
  const { me } = await as(third).query<{ me: { id: string } }>('{ me { id } }');
  expect(me.id).toBe(user.id);

  // All of it is written down, with who did it in which session; of what came first the product knows only that it came.
  const { auditLogs } = await as(third).query<{ auditLogs: { nodes: Entry[] } }>(
    `{ auditLogs(first: 100, orderBy: { direction: ASC }) {
      nodes { action outcome actorType actorId sessionId subjectId details } } }`,
  );
  const sessions = [first, second].map(({ accessToken }) => decodeJwt<{ sid: string }>(accessToken).sid);
  const entry = (action: string, session: string | null, details: object = {}) => ({
    action,
    outcome: 'SUCCESS',
    actorType: session === 'none' ? 'ANONYMOUS' : 'USER',
    actorId: session === 'none' ? null : user.id,
    sessionId: session === 'none' ? null : session,
    subjectId: user.id,
    details,
  });
  expect(auditLogs.nodes).toEqual([
    entry('user.registered', 'none'),
    entry('user.email_verified', 'none', { changed: false }),
    entry('user.login', sessions[0]!, { mfa: false }),
    entry('mfa.enabled', sessions[0]!),
    entry('mfa.challenged', null),
    entry('user.login', sessions[1]!, { mfa: true }),
    entry('user.password_changed', sessions[1]!),
  ]);
});
