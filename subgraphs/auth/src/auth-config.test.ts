import { ConfigError, readSettings, type Environment } from '@flowmesh/platform/config';
import { authSettings } from './auth-config.ts';

const load = (environment: Environment) => readSettings(authSettings, environment);

const problemsOf = (environment: Environment): readonly string[] => {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

test('what is left out is as it should be', () => {
  expect(load({})).toMatchObject({
    passwordRounds: 12,
    passwordLengths: { min: 15, minWithMfa: 8 },
    clockToleranceSeconds: 0,
    sessions: { idleSeconds: 14 * 86_400, maxSeconds: 30 * 86_400, recentSeconds: 3_600, mfaRequired: false },
    signingKeyMaxAgeSeconds: 30 * 86_400,
    registrationOpen: true,
  });
});

test('everything that is wrong is told at once', () => {
  expect(
    problemsOf({
      PASSWORD_MIN_LENGTH: '7',
      MFA_CLOCK_TOLERANCE_SECONDS: '31',
      REAUTHENTICATION_MINUTES: 'soon',
      MFA_REQUIRED: 'yes',
    }),
  ).toEqual([
    'MFA_REQUIRED must be on or off, not "yes"',
    'MFA_CLOCK_TOLERANCE_SECONDS must be a whole number from 0 to 30, not "31"',
    'REAUTHENTICATION_MINUTES must be a whole number from 1 to 525,600, not "soon"',
    'PASSWORD_MIN_LENGTH must be a whole number from 8 to 64, not "7"',
  ]);
});

test('hashes that are easy to guess are for tests only', () => {
  expect(load({ NODE_ENV: 'test', PASSWORD_HASH_ROUNDS: '4' }).passwordRounds).toBe(4);
  for (const NODE_ENV of ['production', 'development', undefined]) {
    expect(problemsOf({ NODE_ENV, PASSWORD_HASH_ROUNDS: '4' })).toEqual([
      'PASSWORD_HASH_ROUNDS makes stolen hashes easy to guess and needs NODE_ENV=test',
    ]);
  }
});

test('a password is not repeated in what is wrong with it', () => {
  expect(problemsOf({ ADMIN_EMAIL: 'nobody', ADMIN_PASSWORD: 'seven77' })).toEqual([
    'ADMIN_EMAIL must be an e-mail address, e.g. ada@example.com, not "nobody"',
    'ADMIN_PASSWORD must be a password of 8 to 1,024 characters',
  ]);
});
