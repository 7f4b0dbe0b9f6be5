import { createKeyRing } from '@flowmesh/platform/secrets';
import { ANONYMOUS, type Client, type Viewer } from '@flowmesh/platform/access';
import { setTimeout } from 'node:timers/promises';
import { generateSync } from 'otplib';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { openInbox } from '../../testing/inbox.ts';
import { createBackupCodeHashes, newBackupCode, plainBackupCode } from './backup-codes.ts';
import { matchTotp, newTotpSecret, otpauthUri } from './totp.ts';

// Hashing passwords takes its time.
jest.setTimeout(120_000);

let auth: AuthUnderTest;
let admin: Viewer;
beforeAll(async () => {
  // Codes are made some time before they arrive; what the default does is tested by itself.
  auth = await startAuth({ config: { clockToleranceSeconds: 30 } });
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  admin = { kind: 'user', userId: rows[0]!.id, scopes: ['*:*'], sessionId: 'none', expiresAt: 4e9, recentUntil: 4e9 };
});
afterAll(() => auth.stop());

const PASSWORD = 'a long enough password';
const RATE_LIMITED = { code: 'RATE_LIMITED', retryAfter: expect.any(Number), requestId: expect.anything() };

/** The root field of an operation, or the extensions of its error. */
async function ask<T = Record<string, unknown>>(
  query: string,
  input: object,
  viewer: Viewer = ANONYMOUS,
  client?: Client,
): Promise<T> {
  const { data, errors } = await auth.send(query, { input }, { viewer, ...(client && { client }) });
  return (errors ? errors[0]!.extensions : Object.values(data!)[0]) as T;
}

const failure = '... on MutationError { code } ... on InvalidInputError { fields { path } }';
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  __typename ${failure} ... on MfaRequired { challengeToken expiresAt }
  ... on LoginSuccess { tokens { accessToken } user { mfaEnabled } }
} }`;
const COMPLETE = `mutation ($input: CompleteMfaLoginInput!) { completeMfaLogin(input: $input) {
  __typename ${failure} ... on LoginSuccess { deviceToken tokens { accessToken } user { mfaEnabled } }
} }`;
const BEGIN = `mutation ($input: BeginMfaEnrolmentInput!) { beginMfaEnrolment(input: $input) {
  __typename ${failure} ... on BeginMfaEnrolmentSuccess { secret otpauthUri qrCode }
} }`;
const CONFIRM = `mutation ($input: ConfirmMfaEnrolmentInput!) { confirmMfaEnrolment(input: $input) {
  __typename ${failure} ... on ConfirmMfaEnrolmentSuccess { backupCodes user { mfaEnabled } }
} }`;
const DISABLE = `mutation ($input: DisableMfaInput!) { disableMfa(input: $input) {
  __typename ${failure} ... on DisableMfaSuccess { user { mfaEnabled } }
} }`;
const REGENERATE = `mutation ($input: RegenerateBackupCodesInput!) { regenerateBackupCodes(input: $input) {
  __typename ${failure} ... on RegenerateBackupCodesSuccess { backupCodes }
} }`;

interface Person {
  readonly email: string;
  readonly viewer: Extract<Viewer, { kind: 'user' }>;
}
interface Enrolled extends Person {
  readonly secret: string;
  readonly backupCodes: string[];
}

let people = 0;
async function newPerson(): Promise<Person> {
  const email = `person-${(people += 1)}@flowmesh.test`;
  await ask(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename } }',
    { email, password: PASSWORD },
    admin,
  );
  const { tokens } = await ask<{ tokens: { accessToken: string } }>(LOGIN, { identifier: email, password: PASSWORD });
  return { email, viewer: (await auth.viewerOf(tokens.accessToken)) as Person['viewer'] };
}

const codeOf = (secret: string, secondsFromNow = 0) =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) + secondsFromNow });

/** The code of now, once it is good for at least fifteen seconds. */
async function codeWithTimeLeft(secret: string): Promise<string> {
  while (Date.now() % 30_000 >= 15_000) await setTimeout(100);
  return codeOf(secret);
}

/** The code of now, though one of now was used before: otherwise tests would wait for half a minute. */
async function freshCode({ viewer, secret }: Pick<Enrolled, 'viewer' | 'secret'>): Promise<string> {
  await auth.pool.query('update mfa_factors set last_time_step = 0 where user_id = $1', [viewer.userId]);
  return codeOf(secret);
}

async function enrolled(): Promise<Enrolled> {
  const person = await newPerson();
  const { secret } = await ask<{ secret: string }>(BEGIN, { password: PASSWORD }, person.viewer);
  const { backupCodes } = await ask<Enrolled>(CONFIRM, { code: codeOf(secret) }, person.viewer);
  return { ...person, secret, backupCodes };
}

async function challengeOf({ email }: Person): Promise<string> {
  const answer = await ask<{ challengeToken: string }>(LOGIN, { identifier: email, password: PASSWORD });
  return answer.challengeToken;
}

const actionsOf = async ({ viewer }: Person) =>
  (
    await auth.pool.query<{ action: string; outcome: string }>(
      `select action, outcome::text from audit_logs where subject_id = $1 and action like 'mfa.%' order by occurred_at, id`,
      [viewer.userId],
    )
  ).rows.map(({ action, outcome }) => `${action} ${outcome}`);

describe('TOTP', () => {
  // RFC 6238, appendix B, SHA-1: the last six of its eight digits.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  test.each([
    [59, '287082', 1],
    [1_111_111_109, '081804', 37_037_036],
    [1_111_111_111, '050471', 37_037_037],
    [1_234_567_890, '005924', 41_152_263],
    [2_000_000_000, '279037', 66_666_666],
    [20_000_000_000, '353130', 666_666_666],
  ])('at %d seconds the code is %s, and good for 30 seconds', (seconds, code, step) => {
    const at = (now: number, toleranceSeconds = 0) => matchTotp(secret, code, { now, toleranceSeconds });
    const good = { timeStep: step, good: true };
    const begin = step * 30_000;
    expect(at(seconds * 1_000)).toEqual(good);
    expect([at(begin), at(begin + 29_999)]).toEqual([good, good]);
    expect(at(begin - 1)).toBeNull();
    // For one step more it is known, and not good.
    expect([at(begin + 30_000), at(begin + 59_999)]).toEqual(Array(2).fill({ ...good, good: false }));
    expect(at(begin + 60_000)).toBeNull();
    // With a tolerance it is good that much sooner and longer.
    expect([at(begin - 10_000, 10), at(begin + 39_999, 10)]).toEqual([good, good]);
    expect(at(begin - 11_000, 10)).toBeNull();
    expect(at(begin + 40_000, 10)).toEqual({ ...good, good: false });
    expect(at(begin + 70_000, 10)).toBeNull();
  });

  test('what is no code is none', () => {
    for (const code of ['', '28708', '2870821', '28708a', '２８７０８２', '-28708', '28.082']) {
      expect(matchTotp(secret, code, { now: 59_000, toleranceSeconds: 30 })).toBeNull();
    }
  });

  test('secrets have 160 random bits, and apps can read them', () => {
    const fresh = newTotpSecret();
    expect(fresh).toMatch(/^[A-Z2-7]{32}$/);
    expect(newTotpSecret()).not.toBe(fresh);
    expect(otpauthUri('a@b.de', fresh)).toBe(`otpauth://totp/Flowmesh:a%40b.de?secret=${fresh}&issuer=Flowmesh`);
  });
});

test('backup codes are read as people write them, and hashed for one user', () => {
  const code = newBackupCode();
  expect(code).toMatch(/^([a-km-z2-9]{4}-){6}[a-km-z2-9]{4}$/);
  const plain = plainBackupCode(code)!;
  expect(plainBackupCode(` ${code.toUpperCase().replaceAll('-', ' ')} `)).toBe(plain);
  // Of those that were given out before: shorter.
  expect(plainBackupCode('k3fn-7x2p-abcd-efgh')).toBe('k3fn7x2pabcdefgh');
  for (const wrong of ['', plain.slice(1), `${plain}a`, `${plain.slice(1)}0`, `${plain.slice(1)}l`]) {
    expect(plainBackupCode(wrong)).toBeNull();
  }
  const [first, second] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string];
  const hashes = createBackupCodeHashes(createKeyRing(first));
  const [hash] = hashes('u1', plain);
  expect(hash).toMatch(/^sha256:[\w-]{43}$/);
  expect(hashes('u2', plain)).not.toContain(hash);
  // They depend on no key; those that were given out before do, and are found with any of the keys.
  const exchanged = createBackupCodeHashes(createKeyRing(second, [first]));
  expect(exchanged('u1', plain)).toEqual([hash]);
  const [, earlier] = hashes('u1', 'k3fn7x2pabcdefgh');
  expect(exchanged('u1', 'k3fn7x2pabcdefgh')).toContain(earlier);
  expect(createBackupCodeHashes(createKeyRing(second))('u1', 'k3fn7x2pabcdefgh')).not.toContain(earlier);
});

test('setting it up: password, QR code, confirmation, ten backup codes; nothing of it can be read again', async () => {
  const person = await newPerson();
  const { viewer } = person;
  expect(await ask(BEGIN, { password: 'wrong' }, viewer)).toEqual({
    __typename: 'InvalidCredentialsError',
    code: 'INVALID_CREDENTIALS',
  });
  expect(await ask(CONFIRM, { code: '123456' }, viewer)).toMatchObject({ __typename: 'MfaNotEnabledError' });
  const begun = await ask<{ secret: string; otpauthUri: string; qrCode: string }>(
    BEGIN,
    { password: PASSWORD },
    viewer,
  );
  expect(begun.otpauthUri).toContain(begun.secret);
  expect(begun.qrCode).toMatch(/^data:image\/png;base64,iVBOR/);
  // Until it is confirmed nothing has changed.
  expect(await ask(LOGIN, { identifier: person.email, password: PASSWORD })).toMatchObject({
    __typename: 'LoginSuccess',
  });
  const wrong = codeOf(begun.secret) === '000000' ? '000001' : '000000';
  expect(await ask(CONFIRM, { code: wrong }, viewer)).toMatchObject({ __typename: 'InvalidMfaCodeError' });

  const code = codeOf(begun.secret);
  const confirmed = await Promise.all(
    Array.from({ length: 5 }, () => ask<Enrolled & { __typename: string }>(CONFIRM, { code }, viewer)),
  );
  const successes = confirmed.filter(({ __typename }) => __typename === 'ConfirmMfaEnrolmentSuccess');
  expect(successes).toHaveLength(1);
  expect(successes[0]).toMatchObject({ user: { mfaEnabled: true } });
  const { backupCodes } = successes[0]!;
  expect([backupCodes.length, new Set(backupCodes).size]).toEqual([10, 10]);
  expect(await ask(BEGIN, { password: PASSWORD }, viewer)).toMatchObject({ __typename: 'MfaAlreadyEnabledError' });
  const { rows } = await auth.pool.query<{ text: string }>(
    `select f::text || string_agg(c::text, '') as text from mfa_factors f join mfa_backup_codes c using (user_id)
     where user_id = $1 group by f`,
    [viewer.userId],
  );
  for (const secret of [begun.secret, ...backupCodes, ...backupCodes.map((each) => each.replaceAll('-', ''))]) {
    expect(rows[0]!.text).not.toContain(secret);
  }
  expect(await actionsOf(person)).toEqual(['mfa.enabled SUCCESS']);
  // The code that confirmed it is not good for signing in as well.
  const challengeToken = await challengeOf(person);
  expect(await ask(COMPLETE, { challengeToken, code })).toMatchObject({ __typename: 'InvalidMfaCodeError' });
});

test('signing in asks for the second factor, and the session knows that it was given', async () => {
  const person = await enrolled();
  const first = await ask(LOGIN, { identifier: person.email, password: PASSWORD });
  expect(first).toEqual({
    __typename: 'MfaRequired',
    challengeToken: expect.stringMatching(/^[\w-]{43}$/),
    expiresAt: expect.any(Date),
  });
  expect(await ask(LOGIN, { identifier: person.email, password: 'wrong' })).toMatchObject({
    __typename: 'InvalidCredentialsError',
  });
  const code = await freshCode(person);
  const done = await ask<{ tokens: { accessToken: string } }>(COMPLETE, { challengeToken: first.challengeToken, code });
  expect(done).toMatchObject({
    __typename: 'LoginSuccess',
    user: { mfaEnabled: true },
    deviceToken: expect.any(String),
  });
  const viewer = (await auth.viewerOf(done.tokens.accessToken)) as Person['viewer'];
  const { rows } = await auth.pool.query('select mfa from sessions where id = $1', [viewer.sessionId]);
  expect(rows).toEqual([{ mfa: true }]);
  // A challenge is good once, and for five minutes.
  const again = { challengeToken: first.challengeToken, code: await freshCode(person) };
  const over = { __typename: 'InvalidMfaChallengeError', code: 'INVALID_MFA_CHALLENGE' };
  expect(await ask(COMPLETE, again)).toEqual(over);
  const late = await challengeOf(person);
  await auth.pool.query('update mfa_challenges set expires_at = now() where user_id = $1', [viewer.userId]);
  expect(await ask(COMPLETE, { challengeToken: late, code: await freshCode(person) })).toEqual(over);
  for (const token of ['x', 'A'.repeat(43), 'a\0b']) {
    expect((await ask(COMPLETE, { challengeToken: token, code: '123456' })).__typename).not.toBe('LoginSuccess');
  }
});

test('the same code 50 times at the same moment succeeds exactly once, over one challenge or over 50', async () => {
  const person = await enrolled();
  const one = await challengeOf(person);
  const many: string[] = [];
  for (let i = 0; i < 50; i += 1) {
    const token = `${String(i).padStart(2, '0')}${'c'.repeat(41)}`;
    await auth.pool.query(
      `insert into mfa_challenges (token_hash, user_id, expires_at)
       values (encode(sha256($1::bytea), 'hex'), $2, now() + interval '5 minutes')`,
      [token, person.viewer.userId],
    );
    many.push(token);
  }
  for (const challenges of [Array<string>(50).fill(one), many]) {
    const code = await freshCode(person);
    const answers = await Promise.all(challenges.map((challengeToken) => ask(COMPLETE, { challengeToken, code })));
    const types = answers.map(({ __typename }) => __typename);
    expect(types.filter((type) => type === 'LoginSuccess')).toHaveLength(1);
    const refusal = challenges === many ? 'InvalidMfaCodeError' : 'InvalidMfaChallengeError';
    expect(types.filter((type) => type === refusal)).toHaveLength(49);
  }
  // Nobody has guessed, so nothing is blocked.
  const code = await freshCode(person);
  expect(await ask(COMPLETE, { challengeToken: await challengeOf(person), code })).toMatchObject({
    __typename: 'LoginSuccess',
  });
});

test('a backup code 50 times at the same moment succeeds exactly once, and is used up', async () => {
  const person = await enrolled();
  const [backupCode] = person.backupCodes;
  const challenges = await Promise.all(Array.from({ length: 5 }, () => challengeOf(person)));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_entry, i) => ask(COMPLETE, { challengeToken: challenges[i % 5]!, code: backupCode })),
  );
  expect(answers.filter(({ __typename }) => __typename === 'LoginSuccess')).toHaveLength(1);
  const { data } = await auth.send('{ mfaStatus { backupCodesLeft } }', {}, { viewer: person.viewer });
  expect(data).toEqual({ mfaStatus: { backupCodesLeft: 9 } });
  // The others are still good.
  const challengeToken = await challengeOf(person);
  expect(await ask(COMPLETE, { challengeToken, code: person.backupCodes[9] })).toMatchObject({
    __typename: 'LoginSuccess',
  });
});

test('five wrong guesses block, whatever they are guessed for, and each block is longer', async () => {
  const person = await enrolled();
  const guess = async (code = '000000') => ask(COMPLETE, { challengeToken: await challengeOf(person), code });
  const guesses = async () => {
    const results = [];
    for (let i = 0; i < 5; i += 1) results.push(await guess(i % 2 ? newBackupCode() : '000000'));
    return results;
  };
  // Should this be the code of the moment, it was used before.
  await auth.pool.query('update mfa_factors set last_time_step = 9999999999 where user_id = $1', [
    person.viewer.userId,
  ]);
  const first = await guesses();
  expect(first.slice(0, 4)).toEqual(Array(4).fill({ __typename: 'InvalidMfaCodeError', code: 'INVALID_MFA_CODE' }));
  expect(first[4]).toEqual({ ...RATE_LIMITED, retryAfter: 900 });
  // The right code is refused as well, by whatever operation it comes.
  const code = await freshCode(person);
  expect(await guess(code)).toMatchObject({ code: 'RATE_LIMITED' });
  expect(await ask(REGENERATE, { code }, person.viewer)).toMatchObject({ code: 'RATE_LIMITED' });
  expect(await actionsOf(person)).toEqual([
    'mfa.enabled SUCCESS',
    ...Array<string[]>(4).fill(['mfa.challenged SUCCESS', 'mfa.failed FAILURE']).flat(),
    'mfa.challenged SUCCESS',
    'mfa.blocked DENIED',
    'mfa.challenged SUCCESS',
  ]);
  const unblock = () =>
    auth.pool.query('update mfa_factors set blocked_until = now(), last_time_step = 9999999999 where user_id = $1', [
      person.viewer.userId,
    ]);
  await unblock();
  expect((await guesses())[4]).toEqual({ ...RATE_LIMITED, retryAfter: 1_800 });
  await unblock();
  // A good code ends the series.
  expect(await guess(await freshCode(person))).toMatchObject({ __typename: 'LoginSuccess' });
  await unblock();
  expect((await guesses())[4]).toEqual({ ...RATE_LIMITED, retryAfter: 900 });
});

test('without a tolerance the code before the present one is refused, and is no guess', async () => {
  const strict = await startAuth({
    config: { clockToleranceSeconds: 0, firstAdministrator: { email: 'a@b.test', password: PASSWORD } },
  });
  try {
    const login = async () => {
      const { login: answer } = await strict.ask<{
        login: { challengeToken: string; tokens: { accessToken: string } };
      }>(LOGIN, { input: { identifier: 'a@b.test', password: PASSWORD } });
      return answer;
    };
    const { tokens } = await login();
    const viewer = await strict.viewerOf(tokens.accessToken);
    const { beginMfaEnrolment } = await strict.ask<{ beginMfaEnrolment: { secret: string } }>(
      BEGIN,
      { input: { password: PASSWORD } },
      viewer,
    );
    const { secret } = beginMfaEnrolment;
    const { challengeToken } = await strict
      .ask<{ confirmMfaEnrolment: object }>(CONFIRM, { input: { code: await codeWithTimeLeft(secret) } }, viewer)
      .then(login);
    await strict.pool.query('update mfa_factors set last_time_step = 0');
    const current = await codeWithTimeLeft(secret);
    const complete = async (code: string) => {
      const { data } = await strict.send(COMPLETE, { input: { challengeToken, code } }, {});
      return (data!.completeMfaLogin as { __typename: string }).__typename;
    };
    const before = await Promise.all(Array.from({ length: 10 }, () => complete(codeOf(secret, -30))));
    expect(before).toEqual(Array(10).fill('InvalidMfaCodeError'));
    expect(await complete(current)).toBe('LoginSuccess');
    const { rows } = await strict.pool.query(
      `select distinct details->>'reason' as reason from audit_logs where action like 'mfa.%' and outcome <> 'SUCCESS'`,
    );
    expect(rows).toEqual([{ reason: 'TOO_LATE' }]);
  } finally {
    await strict.stop();
  }
});

test('new backup codes make the old ones void', async () => {
  const person = await enrolled();
  expect(await ask(REGENERATE, { code: newBackupCode() }, person.viewer)).toMatchObject({
    __typename: 'InvalidMfaCodeError',
  });
  const { backupCodes } = await ask<Enrolled>(REGENERATE, { code: await freshCode(person) }, person.viewer);
  expect(backupCodes).toHaveLength(10);
  const complete = async (code: string | undefined) =>
    (await ask(COMPLETE, { challengeToken: await challengeOf(person), code })).__typename;
  expect(await complete(person.backupCodes[0])).toBe('InvalidMfaCodeError');
  expect(await complete(backupCodes[0])).toBe('LoginSuccess');
});

test('it is removed with password and code; other sessions end when asked', async () => {
  const person = await enrolled();
  const done = await ask<{ tokens: { accessToken: string } }>(COMPLETE, {
    challengeToken: await challengeOf(person),
    code: await freshCode(person),
  });
  const input = { password: PASSWORD, code: person.backupCodes[0], endOtherSessions: true };
  expect(await ask(DISABLE, { ...input, password: 'wrong' }, person.viewer)).toMatchObject({
    __typename: 'InvalidCredentialsError',
  });
  expect(await ask(DISABLE, { ...input, code: newBackupCode() }, person.viewer)).toMatchObject({
    __typename: 'InvalidMfaCodeError',
  });
  expect(await ask(DISABLE, input, person.viewer)).toEqual({
    __typename: 'DisableMfaSuccess',
    user: { mfaEnabled: false },
  });
  expect(await auth.viewerOf(done.tokens.accessToken)).toEqual(ANONYMOUS);
  expect(await ask(DISABLE, input, person.viewer)).toMatchObject({ __typename: 'MfaNotEnabledError' });
  for (const table of ['mfa_factors', 'mfa_backup_codes', 'mfa_challenges']) {
    const { rowCount } = await auth.pool.query(`select 1 from ${table} where user_id = $1`, [person.viewer.userId]);
    expect(rowCount).toBe(0);
  }
  expect(await ask(LOGIN, { identifier: person.email, password: PASSWORD })).toMatchObject({
    __typename: 'LoginSuccess',
  });
});

test('each change of the factor is told by mail', async () => {
  const person = await enrolled();
  await ask(REGENERATE, { code: await freshCode(person) }, person.viewer);
  await ask(DISABLE, { password: PASSWORD, code: await freshCode(person) }, person.viewer);
  const inbox = await openInbox(auth.subgraph);
  try {
    expect((await inbox.mailsTo(person.email)).map(({ subject }) => subject)).toEqual([
      'Two-step sign-in is on',
      'New backup codes',
      'Two-step sign-in is off',
    ]);
  } finally {
    await inbox.close();
  }
});

test('where the operator requires a factor, a session without one may do nothing but set it up', async () => {
  const sessions = { idleSeconds: 3_600, maxSeconds: 3_600, recentSeconds: 3_600, mfaRequired: true };
  const replica = await startAuth({
    config: { sessions, clockToleranceSeconds: 30, firstAdministrator: { email: 'a@b.test', password: PASSWORD } },
  });
  try {
    const login = async () => {
      const query = `mutation ($input: LoginInput!) { login(input: $input) {
        ... on LoginSuccess { mfaEnrolmentRequired tokens { accessToken } user { username email } }
      } }`;
      const input = { identifier: 'a@b.test', password: PASSWORD };
      const { login: answer } = await replica.ask<{
        login: { mfaEnrolmentRequired: boolean; tokens: { accessToken: string }; user: object };
      }>(query, { input });
      return answer;
    };
    const { mfaEnrolmentRequired, tokens, user } = await login();
    expect({ mfaEnrolmentRequired, user }).toEqual({
      mfaEnrolmentRequired: true,
      user: { username: 'user-a', email: null },
    });
    const viewer = (await replica.viewerOf(tokens.accessToken)) as Person['viewer'];
    expect(viewer).toMatchObject({ kind: 'user', scopes: [], mfaEnrolmentRequired: true });
    const users = '{ users { nodes { id } } }';
    for (const query of [
      users,
      '{ me { email } }',
      '{ sessions { nodes { id } } }',
      '{ auditLogs { nodes { action } } }',
      'mutation { updateUser(input: { firstName: "A" }) { __typename } }',
    ]) {
      expect(await replica.refusal(query, {}, viewer)).toEqual(['FORBIDDEN']);
    }

    const { beginMfaEnrolment } = await replica.ask<{ beginMfaEnrolment: { secret: string } }>(
      BEGIN,
      { input: { password: PASSWORD } },
      viewer,
    );
    await replica.ask(CONFIRM, { input: { code: codeOf(beginMfaEnrolment.secret) } }, viewer);
    const now = (await replica.viewerOf(tokens.accessToken)) as Person['viewer'];
    expect(now).toMatchObject({ mfaEnrolmentRequired: false });
    expect(now.scopes).toEqual(['*:*']);
    expect(await replica.refusal(users, {}, now)).toEqual([]);
  } finally {
    await replica.stop();
  }
});
