import { matching, onOff, setting, settingsGroup, wholeNumber, type SettingType } from '@flowmesh/platform/config';
import { text } from '@flowmesh/platform/validation';
import { auth0Config, auth0Problems, type Auth0Config } from './modules/auth0/auth0-config.ts';
import type { SessionLimits } from './modules/sessions/session-record.ts';
import { emailAddress } from './modules/users/user-input.ts';
import { PASSWORD_MAX_LENGTH, PASSWORD_ROUNDS } from './passwords/password-limits.ts';
import type { PasswordLengths } from './passwords/password-policy.ts';
import type { ThrottleLimits } from './throttling/throttle-rules.ts';

export interface AuthConfig {
  readonly firstAdministrator: {
    readonly email: string;
    /** Null: generate one. */
    readonly password: string | null;
  };
  /** Whether people may register by themselves. */
  readonly registrationOpen: boolean;
  /** Null: nobody signs in with Auth0. */
  readonly auth0: Auth0Config | null;
  readonly passwordLengths: PasswordLengths;
  /** Work factor of bcrypt: 12. Only tests, which hash all the time, have less. */
  readonly passwordRounds: number;
  /** How many sign-ins, registrations … may fail, for each kind, before further ones are refused. */
  readonly throttle: ThrottleLimits;
  readonly sessions: SessionLimits;
  /** How far the clock of an authenticator may be off. */
  readonly clockToleranceSeconds: number;
  /** Age at which the signing key of access tokens is rotated. */
  readonly signingKeyMaxAgeSeconds: number;
}

const mailAddress: SettingType<string> = { mustBe: 'an e-mail address, e.g. ada@example.com', schema: emailAddress() };

/** Eight characters instead of fifteen: the operator may decide. */
const administratorsPassword: SettingType<string> = {
  mustBe: 'a password of 8 to 1,024 characters',
  schema: text({ min: 8, max: PASSWORD_MAX_LENGTH }),
};

/** Settings that only auth reads. */
export const authSettings = settingsGroup({
  name: 'auth',
  title: 'Users and sign-in',
  settings: {
    // The name is reserved (RFC 6762), so no mail ever goes there.
    ADMIN_EMAIL: setting(mailAddress, {
      default: 'admin@flowmesh.local',
      meaning: 'Who becomes the first administrator, when there is none yet.',
    }),
    ADMIN_PASSWORD: setting(administratorsPassword, {
      otherwise: 'made, and shown once',
      secret: 'all',
      meaning:
        'The password of the first administrator, when there is none yet. One that was made is good for 24 hours: choose your own with `changePassword`, after that a restart makes the next one.',
    }),
    SELF_REGISTRATION: setting(onOff, {
      default: 'on',
      meaning: 'Whether people may register by themselves; with `off` administrators make users.',
    }),
    AUTH0_DOMAIN: setting(
      matching(/^([a-z0-9-]+\.)+[a-z]{2,}$/i, 'the domain of a tenant, e.g. example.eu.auth0.com'),
      {
        otherwise: 'nobody signs in with Auth0',
        meaning: 'The tenant of Auth0 whose ID tokens `loginWithAuth0` takes. Set with `AUTH0_CLIENT_ID`.',
      },
    ),
    AUTH0_CLIENT_ID: setting(matching(/^[\x21-\x7e]{1,128}$/, 'the client id of an application'), {
      otherwise: 'nobody signs in with Auth0',
      meaning: 'The application whose ID tokens they are. Set with `AUTH0_DOMAIN`.',
    }),
    MFA_REQUIRED: setting(onOff, {
      default: 'off',
      meaning: 'With `on`, somebody without a second factor may do nothing but set one up.',
    }),
    // ASVS 5.0, 6.5.5: a code is valid for 30 seconds. RFC 6238, 5.2: at most one time step more.
    MFA_CLOCK_TOLERANCE_SECONDS: setting(wholeNumber(0, 30), {
      default: '0',
      meaning:
        'Seconds that the clock of an authenticator may be wrong. A code, which is good for 30 seconds, is accepted for this much longer.',
    }),
    REAUTHENTICATION_MINUTES: setting(wholeNumber(1, 525_600), {
      default: '60',
      meaning:
        'Minutes for which a sign-in is recent enough to end sessions, give roles, make API keys, and change other users.',
    }),
    // Fewer than eight characters are never enough.
    PASSWORD_MIN_LENGTH: setting(wholeNumber(8, 64), {
      default: '15',
      meaning: 'The fewest characters of a new password.',
    }),
    PASSWORD_MIN_LENGTH_WITH_MFA: setting(wholeNumber(8, 64), {
      default: '8',
      meaning: 'The same for users with a second factor.',
    }),
    SIGNING_KEY_DAYS: setting(wholeNumber(1, 3_650), {
      default: '30',
      meaning: 'Age in days at which the key of access tokens is exchanged.',
    }),
    SESSION_IDLE_HOURS: setting(wholeNumber(1, 8_760), {
      default: String(14 * 24),
      meaning: 'Hours without use after which a session ends.',
    }),
    SESSION_MAX_HOURS: setting(wholeNumber(1, 8_760), {
      default: String(30 * 24),
      meaning: 'Hours after signing in at which a session ends, used or not.',
    }),
    THROTTLE_PER_ACCOUNT: setting(wholeNumber(1, 1_000), {
      default: '10',
      meaning: 'Sign-ins to one account that may fail within `THROTTLE_WINDOW_SECONDS` before one has to wait.',
    }),
    THROTTLE_PER_ADDRESS: setting(wholeNumber(1, 1_000_000), {
      default: '100',
      meaning: 'The same for all accounts together, from one address.',
    }),
    THROTTLE_WINDOW_SECONDS: setting(wholeNumber(1, 86_400), {
      default: '900',
      meaning: 'Seconds for which failed sign-ins are counted.',
    }),
    PASSWORD_HASH_ROUNDS: setting(wholeNumber(4, PASSWORD_ROUNDS), {
      default: String(PASSWORD_ROUNDS),
      testsOnly: 'makes stolen hashes easy to guess',
      meaning: 'The work factor of bcrypt.',
    }),
  },
  check: auth0Problems,
  toConfig: (values): AuthConfig => ({
    firstAdministrator: { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD },
    registrationOpen: values.SELF_REGISTRATION,
    auth0: auth0Config(values),
    passwordLengths: { min: values.PASSWORD_MIN_LENGTH, minWithMfa: values.PASSWORD_MIN_LENGTH_WITH_MFA },
    passwordRounds: values.PASSWORD_HASH_ROUNDS,
    sessions: {
      idleSeconds: values.SESSION_IDLE_HOURS * 3_600,
      maxSeconds: values.SESSION_MAX_HOURS * 3_600,
      recentSeconds: values.REAUTHENTICATION_MINUTES * 60,
      mfaRequired: values.MFA_REQUIRED,
    },
    clockToleranceSeconds: values.MFA_CLOCK_TOLERANCE_SECONDS,
    signingKeyMaxAgeSeconds: values.SIGNING_KEY_DAYS * 86_400,
    throttle: {
      perAccount: values.THROTTLE_PER_ACCOUNT,
      perAddress: values.THROTTLE_PER_ADDRESS,
      windowSeconds: values.THROTTLE_WINDOW_SECONDS,
    },
  }),
});
