import { createKeyRing } from '@flowmesh/platform/secrets';
import naughtyStrings from 'big-list-of-naughty-strings';
import { z } from 'zod';
import { breachedPasswords, isBreachedPassword } from './breached-passwords.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { createPasswordDigest } from './password-digest.ts';
import { PasswordHasher } from './password-hasher.ts';
import { PasswordPolicy } from './password-policy.ts';

const policy = new PasswordPolicy({ min: 15, minWithMfa: 8 });
const COMMON = 'is one of the most common passwords';
const BREACHED = 'is known from breaches of other products';
const NAMES = 'must be more than your names, your e-mail address or the name of the product';
const PATTERN = 'must be more than a few characters over and over, or characters in a row';
const SHORT = 'must have at least 15 characters';

test('the first 3,000 of the common passwords are all refused, in any case, with or without a second factor', () => {
  const top = COMMON_PASSWORDS.slice(0, 3_000);
  expect(new Set(top).size).toBe(3_000);
  const refused = (password: string, mfaEnabled: boolean) => policy.problems(password, { mfaEnabled }).includes(COMMON);
  for (const mfaEnabled of [true, false]) {
    expect(top.filter((password) => !refused(password, mfaEnabled))).toEqual([]);
    expect(top.filter((password) => !refused(password.toUpperCase(), mfaEnabled))).toEqual([]);
  }
});

test('those known from breaches are refused: the 3,000 most used of each length that is asked for, and all others', () => {
  const refused = (password: string, mfaEnabled: boolean) =>
    policy.problems(password, { mfaEnabled }).some((problem) => problem === COMMON || problem === BREACHED);
  // ASVS 5.0, 6.2.4: the top 3,000 of those that match the policy.
  for (const [minLength, mfaEnabled, count] of [
    [15, false, 9_747],
    [8, true, 488_130],
  ] as const) {
    const list = breachedPasswords(minLength);
    expect(list).toHaveLength(count);
    expect(list.slice(0, 3_000).filter((password) => !refused(password, mfaEnabled))).toEqual([]);
    expect(list.slice(-100).filter((password) => !refused(password.toUpperCase(), mfaEnabled))).toEqual([]);
  }
  expect(policy.problems('thisisapassword', {})).toEqual([BREACHED]);
  // Whole passwords, not parts of them.
  for (const password of ['thisisapasswor', 'thisisapassword!', 'hisisapassword1']) {
    expect(isBreachedPassword(password)).toBe(false);
  }
});

test('lengths are counted in characters and depend on the second factor', () => {
  const problems = (password: string, mfaEnabled = false) => policy.problems(password, { mfaEnabled });
  expect(problems('kr7Qx2vLm9Tz4p')).toEqual([SHORT]);
  expect(problems('kr7Qx2vLm9Tz4pw')).toEqual([]);
  expect(problems('kr7Qx2v', true)).toEqual(['must have at least 8 characters']);
  expect(problems('kr7Qx2vL', true)).toEqual([]);
  const mixed = (character: string, length: number) => `kr7Q${character.repeat(length - 4)}`;
  expect(problems(mixed('👍', 14))).toEqual([SHORT]);
  for (const character of ['x', 'é', '👍', ' ', '\u200b']) expect(problems(mixed(character, 128))).toEqual([]);
  expect(problems(mixed('👍', 1_024))).toEqual([]);
  expect(problems(mixed('x', 1_025))).toEqual(['must have at most 1,024 characters']);
  expect(problems(mixed('a', 15) + '\0')).toEqual(['must not contain the character NUL']);
  expect(problems(mixed('a', 15) + '\ud83d')).toEqual([expect.stringMatching(/half of a surrogate pair/)]);
  expect(new PasswordPolicy({ min: 20, minWithMfa: 10 }).problems(mixed('x', 19), {})).toEqual([
    'must have at least 20 characters',
  ]);
});

test.each([
  ['aaaaaaaaaaaaaaaa', true],
  ['👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍', true],
  ['abcABCabcABCabcA', true],
  ['xY3!xY3!xY3!xY3!', true],
  ['baseballbaseball', true],
  ['bcdefghijklmnopqrs', true],
  ['zyxwvutsrqponmlk', true],
  ['56789012345678901', true],
  ['kr7Qx2vLkr7Qx2vL', false],
  ['abcdefghijklmnox', false],
  ['aaaaaaaaaaaaaaab', false],
])('a pattern is no password: %s', (password, refused) => {
  const problems = policy.problems(password, {});
  expect(problems.length > 0).toBe(refused);
  expect([PATTERN, BREACHED, COMMON]).toEqual(expect.arrayContaining(problems));
});

test.each([
  ['Flowmesh-2026!!!!', true],
  ['flow mesh flow mesh', true],
  ['FLOWMESHpassword', true],
  ['ada.lovelace@example.org', true],
  ['AdaLovelace-123456', true],
  ['lovelace, ada & lovelace', true],
  ['the analytical engine', false],
  ['ada weaves algebraic patterns', false],
  ['a long enough password', false],
])('what is made of names is refused: %s', (password, refused) => {
  const owner = { email: 'ada.lovelace@example.org', username: 'countess', firstName: 'Ada', lastName: 'Lovelace' };
  expect(policy.problems(password, owner)).toEqual(refused ? [NAMES] : []);
});

test('problems of a password are told together with all others', () => {
  const schema = z.object({ email: z.email('must be an e-mail address'), password: z.string() });
  expect(policy.parse(schema, { email: 'x', password: 'password' }, 'password', {})).toMatchObject({
    ok: false,
    error: {
      fields: [
        { path: 'email', message: 'must be an e-mail address' },
        { path: 'password', message: `${SHORT}, and ${COMMON}` },
      ],
    },
  });
  const good = { email: 'a@b.de', password: 'a long enough password' };
  expect(policy.parse(schema, good, 'password', {})).toEqual({ ok: true, data: good });
});

test('every naughty string is a password exactly as it is, or is refused with its reason', async () => {
  const hasher = new PasswordHasher(
    [createPasswordDigest(createKeyRing(Buffer.alloc(32, 7).toString('base64')).current)],
    {
      rounds: 4,
    },
  );
  const corpus = [...naughtyStrings, '\0', 'fifteen letters\0'];
  const reasons = new Map<string, number>();
  let kept = 0;
  for (const password of corpus) {
    const problems = policy.problems(password, { mfaEnabled: true });
    for (const problem of problems) reasons.set(problem, (reasons.get(problem) ?? 0) + 1);
    if (problems.length > 0) continue;
    kept += 1;
    const hash = await hasher.hash(password);
    expect([password, await hasher.verify(password, hash)]).toEqual([password, true]);
    for (const other of [password.trim(), password.normalize('NFKC'), password.toLowerCase(), password.slice(0, -1)]) {
      if (other !== password) expect([other, await hasher.verify(other, hash)]).toEqual([other, false]);
    }
  }
  expect({ kept, reasons: Object.fromEntries(reasons) }).toEqual({
    kept: 343,
    reasons: {
      [PATTERN]: 13,
      'must have at least 8 characters': 112,
      [COMMON]: 12,
      [BREACHED]: 6,
      'must not contain the character NUL': 2,
    },
  });
});
