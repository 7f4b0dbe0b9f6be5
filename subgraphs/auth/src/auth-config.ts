import { ConfigError } from '@flowmesh/platform/config';
import { invalidFields, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { auth0Config, auth0Problems, auth0Variables, type Auth0Config } from './modules/auth0/auth0-config.ts';
import type { SessionLimits } from './modules/sessions/session-record.ts';
import { emailAddress } from './modules/users/user-input.ts';
import { PASSWORD_ROUNDS } from './passwords/password-hasher.ts';
import { PASSWORD_MAX_LENGTH, type PasswordLengths } from './passwords/password-policy.ts';
import type { ThrottleLimits } from './throttling/throttle-rules.ts';

export interface AuthConfig {
  readonly firstAdministrator: {
    readonly email: string;
    /** Null: make one. */
    readonly password: string | null;
  };
  /** Whether people may register by themselves. */
  readonly registrationOpen: boolean;
  /** Null: nobody signs in with Auth0. */
  readonly auth0: Auth0Config | null;
  readonly passwordLengths: PasswordLengths;
  /** Work factor of bcrypt: 12. Only tests, which hash all the time, have less. */
  readonly passwordRounds: number;
  /** How many sign-ins, registrations … may fail, for each kind, before one has to wait. */
  readonly throttle: ThrottleLimits;
  readonly sessions: SessionLimits;
  /** How far the clock of an authenticator may be wrong. */
  readonly clockToleranceSeconds: number;
  /** When the key of access tokens is exchanged. */
  readonly signingKeyMaxAgeSeconds: number;
}

/** Where the operator has not said otherwise. The name is reserved (RFC 6762), so no mail ever goes there. */
const DEFAULT_ADMIN_EMAIL = 'admin@flowmesh.local';

const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number({ error: 'must be a number' })
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    });

const schema = z.object({
  ADMIN_EMAIL: emailAddress().default(DEFAULT_ADMIN_EMAIL),
  // Eight rather than the fifteen of other users: whoever runs the product may decide.
  ADMIN_PASSWORD: text({ min: 8, max: PASSWORD_MAX_LENGTH }).optional(),
  SELF_REGISTRATION: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  // Fewer than eight characters are too few, whatever else is asked for.
  PASSWORD_MIN_LENGTH: wholeNumber(8, 64).default(15),
  PASSWORD_MIN_LENGTH_WITH_MFA: wholeNumber(8, 64).default(8),
  PASSWORD_HASH_ROUNDS: wholeNumber(4, 12).optional(),
  SIGNING_KEY_DAYS: wholeNumber(1, 3_650).default(30),
  SESSION_IDLE_HOURS: wholeNumber(1, 8_760).default(14 * 24),
  SESSION_MAX_HOURS: wholeNumber(1, 8_760).default(30 * 24),
  REAUTHENTICATION_MINUTES: wholeNumber(1, 525_600).default(60),
  ...auth0Variables,
  // ASVS 5.0, 6.5.5: a code is good for 30 seconds. RFC 6238, 5.2: at most one step more.
  MFA_CLOCK_TOLERANCE_SECONDS: wholeNumber(0, 30).default(0),
  MFA_REQUIRED: z.enum(['on', 'off'], { error: 'must be on or off' }).default('off'),
  THROTTLE_PER_ACCOUNT: wholeNumber(1, 1_000).default(10),
  THROTTLE_PER_ADDRESS: wholeNumber(1, 1_000_000).default(100),
  THROTTLE_WINDOW_SECONDS: wholeNumber(1, 86_400).default(900),
});

/** Names of all variables that are read here. */
export const AUTH_VARIABLES: readonly string[] = Object.keys(schema.shape);

/** Settings of auth alone. Throws `ConfigError` with all problems. */
export function loadAuthConfig(environment: NodeJS.ProcessEnv = process.env): AuthConfig {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const result = schema.safeParse(Object.fromEntries(given));
  if (!result.success) {
    throw new ConfigError(invalidFields(result.error).map(({ path, message }) => `${path} ${message}`));
  }
  const { data } = result;
  const problems = [
    ...auth0Problems(data),
    ...(data.PASSWORD_HASH_ROUNDS !== undefined && environment.NODE_ENV !== 'test'
      ? ['PASSWORD_HASH_ROUNDS makes stolen hashes easy to guess and needs NODE_ENV=test']
      : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    firstAdministrator: { email: data.ADMIN_EMAIL, password: data.ADMIN_PASSWORD ?? null },
    registrationOpen: data.SELF_REGISTRATION === 'on',
    auth0: auth0Config(data),
    passwordLengths: { min: data.PASSWORD_MIN_LENGTH, minWithMfa: data.PASSWORD_MIN_LENGTH_WITH_MFA },
    passwordRounds: data.PASSWORD_HASH_ROUNDS ?? PASSWORD_ROUNDS,
    sessions: {
      idleSeconds: data.SESSION_IDLE_HOURS * 3_600,
      maxSeconds: data.SESSION_MAX_HOURS * 3_600,
      recentSeconds: data.REAUTHENTICATION_MINUTES * 60,
      mfaRequired: data.MFA_REQUIRED === 'on',
    },
    clockToleranceSeconds: data.MFA_CLOCK_TOLERANCE_SECONDS,
    signingKeyMaxAgeSeconds: data.SIGNING_KEY_DAYS * 86_400,
    throttle: {
      perAccount: data.THROTTLE_PER_ACCOUNT,
      perAddress: data.THROTTLE_PER_ADDRESS,
      windowSeconds: data.THROTTLE_WINDOW_SECONDS,
    },
  };
}
