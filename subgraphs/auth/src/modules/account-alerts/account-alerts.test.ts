import { ANONYMOUS, type Client, type Viewer } from '@flowmesh/platform/access';
import { until } from '@flowmesh/platform/testing';
import { createLogger } from '@flowmesh/platform/logging';
import { generateSync } from 'otplib';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { openInbox, type Inbox } from '../../testing/inbox.ts';
import { AccountMails } from '../accounts/account-mails.ts';
import { AccountAlerts } from './account-alerts.ts';

// Hashing passwords takes its time.
jest.setTimeout(120_000);

let auth: AuthUnderTest;
let inbox: Inbox;
let admin: Viewer;
beforeAll(async () => {
  auth = await startAuth({
    working: true,
    config: { throttle: { perAccount: 3, perAddress: 1_000, windowSeconds: 900 }, clockToleranceSeconds: 30 },
  });
  inbox = await openInbox(auth.subgraph);
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  admin = { kind: 'user', userId: rows[0]!.id, scopes: ['*:*'], sessionId: 'none', expiresAt: 4e9, recentUntil: 4e9 };
});
afterAll(async () => {
  await inbox.close();
  await auth.stop();
});

const PASSWORD = 'a long enough password';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const HOME: Client = { address: '198.51.100.7', userAgent: FIREFOX };
const NEW = 'New sign-in to your account';
const GUESSED = 'Somebody tries to sign in to your account';
const KNOWN = 'Somebody knows your password';

interface Answer {
  readonly __typename: string;
  readonly deviceToken?: string;
  readonly challengeToken?: string;
  readonly secret?: string;
  readonly tokens?: { readonly accessToken: string };
}
async function mutate(name: string, selection: string, input: object, viewer: Viewer = ANONYMOUS, client = HOME) {
  const query = `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) {
    __typename ${selection} } }`;
  const { data, errors } = await auth.send(query, { input }, { viewer, client });
  return errors ? { __typename: errors[0]!.extensions.code as string } : (data![name] as Answer);
}
let people = 0;
async function newPerson(): Promise<string> {
  const email = `person-${(people += 1)}@example.org`;
  await mutate('createUser', '', { email, password: PASSWORD }, admin);
  return email;
}
const login = (email: string, client = HOME, input: object = {}) =>
  mutate(
    'login',
    '... on LoginSuccess { deviceToken tokens { accessToken } } ... on MfaRequired { challengeToken }',
    { identifier: email, password: PASSWORD, ...input },
    ANONYMOUS,
    client,
  );
const subjects = async (email: string) => (await inbox.mailsTo(email)).map(({ subject }) => subject);

async function mailed(email: string, wanted: readonly string[]): Promise<void> {
  await until(`${wanted.length} mails to ${email}`, async () => (await subjects(email)).length >= wanted.length);
  expect(await subjects(email)).toEqual(wanted);
}

test('a sign-in from elsewhere is told, with where it came from as far as that is known', async () => {
  const email = await newPerson();
  await login(email);
  await login(email, { address: '203.0.113.10', userAgent: FIREFOX });
  await mailed(email, [NEW]);
  const [mail] = await inbox.mailsTo(email);
  expect(mail!.text).toContain('Firefox 145.0 on Linux');
  expect(mail!.text).toContain('203.0.113.10');
  // Names that programs give themselves could be anything.
  await auth.pool.query(`update account_alerts set told_at = now() - interval '25 hours'`);
  await login(email, { address: null, userAgent: 'evil.example/1.0' });
  await mailed(email, [NEW, NEW]);
  expect((await inbox.mailsTo(email))[1]!.text).not.toContain('evil');
});

test('many wrong passwords are told to whose account it is, and change nothing of the answer', async () => {
  const [email, nobody] = [await newPerson(), 'nobody@example.org'];
  const guess = (identifier: string) => login(identifier, HOME, { password: 'wrong' });
  for (const identifier of [email, nobody]) {
    const answers = [];
    for (let tries = 0; tries < 5; tries += 1) answers.push((await guess(identifier)).__typename);
    expect(answers).toEqual([...Array<string>(3).fill('InvalidCredentialsError'), 'RATE_LIMITED', 'RATE_LIMITED']);
  }
  await mailed(email, [GUESSED]);
  expect(await subjects(nobody)).toEqual([]);
});

test('wrong codes after the right password are told: somebody knows the password', async () => {
  const email = await newPerson();
  const { tokens } = await login(email);
  const viewer = await auth.viewerOf(tokens!.accessToken);
  const { secret } = await mutate(
    'beginMfaEnrolment',
    '... on BeginMfaEnrolmentSuccess { secret }',
    { password: PASSWORD },
    viewer,
  );
  await mutate('confirmMfaEnrolment', '', { code: generateSync({ secret: secret! }) }, viewer);
  // Should a guess be the code of the moment, it was used before.
  await auth.pool.query('update mfa_factors set last_time_step = 9999999999');
  const { challengeToken } = await login(email);
  for (let tries = 0; tries < 5; tries += 1) await mutate('completeMfaLogin', '', { challengeToken, code: '000000' });
  await mailed(email, ['Two-step sign-in is on', KNOWN]);
});

describe('nobody is told', () => {
  /** What is told of sign-ins, by itself. */
  async function told(work: (alerts: AccountAlerts) => Promise<void>): Promise<string[]> {
    const mails: string[] = [];
    const alerts = new AccountAlerts({
      pool: auth.pool,
      mailer: { enqueue: async (_executor, to) => void mails.push(to), poke: () => undefined },
      mails: new AccountMails('https://flowmesh.example'),
      logger: createLogger({ level: 'silent', name: 'test' }),
      whileMs: { least: 0, most: 5 },
    });
    await work(alerts);
    await alerts.idle();
    await alerts.stop();
    return mails;
  }
  /** Somebody who has signed in from home, and from there again. */
  async function seenAtHome() {
    const email = await newPerson();
    await login(email);
    await login(email);
    const { rows } = await auth.pool.query<{ id: string; userId: string }>(
      `select s.id, user_id as "userId" from sessions s join users u on u.id = s.user_id where email = $1`,
      [email],
    );
    return { email, session: rows[1]! };
  }
  const AWAY: Client = { address: '203.0.113.10', userAgent: FIREFOX };

  test('of a sign-in from where they were seen, and twice a day of one from elsewhere', async () => {
    const { email, session } = await seenAtHome();
    expect(await told(async (alerts) => alerts.signedIn(session, HOME))).toEqual([]);
    const twice = await told(async (alerts) => {
      alerts.signedIn(session, AWAY);
      await alerts.idle();
      alerts.signedIn(session, { ...AWAY, address: '203.0.113.11' });
    });
    expect(twice).toEqual([email]);
  });

  test('of the first sign-in, wherever it is', async () => {
    const { session } = await seenAtHome();
    await auth.pool.query('delete from sessions where user_id = $1 and id <> $2', [session.userId, session.id]);
    expect(await told(async (alerts) => alerts.signedIn(session, AWAY))).toEqual([]);
  });

  test('when they are suspended or gone, or the process stops before', async () => {
    const { session } = await seenAtHome();
    expect(
      await told(async (alerts) => {
        alerts.signedIn(session, AWAY);
        await alerts.stop();
      }),
    ).toEqual([]);
    await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [session.userId]);
    expect(await told(async (alerts) => alerts.guessedAt(session.userId))).toEqual([]);
    expect(await told(async (alerts) => alerts.guessedAt('nobody'))).toEqual([]);
  });

  test('on a known device', async () => {
    const email = await newPerson();
    const { deviceToken } = await login(email);
    await login(email, AWAY, { deviceToken });
    // The next one is told: had the one before been, this one would not be.
    await login(email, { ...AWAY, address: '203.0.113.12' });
    await mailed(email, [NEW]);
    expect((await inbox.mailsTo(email))[0]!.text).toContain('203.0.113.12');
  });
});
