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

const mailAddress: SettingType<string> = { mustBe: 'an e-mail address, e.g. ada@example.com', schema: emailAddress() };

/** Eight rather than the fifteen of other users: whoever runs the product may decide. */
const administratorsPassword: SettingType<string> = {
  mustBe: 'a password of 8 to 1,024 characters',
  schema: text({ min: 8, max: PASSWORD_MAX_LENGTH }),
};

/** What auth alone reads. */
export const authSettings = settingsGroup({
  name: 'auth',
  title: 'Users and sign-in',
  settings: {
    // The name is reserved (RFC 6762), so no mail ever goes there.
    ADMIN_EMAIL: setting(mailAddress, {
      default: 'admin@flowmesh.local',
      meaning: 'E-mail address of the first administrator, who is created when there is no administrator yet.',
    }),
    ADMIN_PASSWORD: setting(administratorsPassword, {
      otherwise: 'generated, and shown once',
      secret: 'all',
      meaning:
        'Password of the first administrator, when there is none yet. A generated password is valid for 24 hours: replace it with your own by `changePassword`. Once it has expired, a restart generates another one.',
    }),
    SELF_REGISTRATION: setting(onOff, {
      default: 'on',
      meaning: 'Whether people may register themselves. With `off`, only administrators create users.',
    }),
    AUTH0_DOMAIN: setting(
      matching(/^([a-z0-9-]+\.)+[a-z]{2,}$/i, 'the domain of a tenant, e.g. example.eu.auth0.com'),
      {
        otherwise: 'signing in with Auth0 is not possible',
        meaning:
          'Domain of the Auth0 tenant whose ID tokens `loginWithAuth0` accepts. Set it together with `AUTH0_CLIENT_ID`.',
      },
    ),
    AUTH0_CLIENT_ID: setting(matching(/^[\x21-\x7e]{1,128}$/, 'the client id of an application'), {
      otherwise: 'signing in with Auth0 is not possible',
      meaning:
        'Client id of the Auth0 application for which the ID tokens are issued. Set it together with `AUTH0_DOMAIN`.',
    }),
    MFA_REQUIRED: setting(onOff, {
      default: 'off',
      meaning: 'With `on`, users without a second factor can do nothing but set one up.',
    }),
    // ASVS 5.0, 6.5.5: a code is valid for 30 seconds. RFC 6238, 5.2: at most one more time step.
    MFA_CLOCK_TOLERANCE_SECONDS: setting(wholeNumber(0, 30), {
      default: '0',
      meaning:
        'Tolerance for wrong clocks of authenticator apps, in seconds. A code is valid for 30 seconds, and is accepted for this much longer.',
    }),
    REAUTHENTICATION_MINUTES: setting(wholeNumber(1, 525_600), {
      default: '60',
      meaning:
        'Minutes for which a sign-in counts as recent. A recent sign-in is required to end sessions, assign roles, create API keys, and change other users.',
    }),
    // Fewer than eight characters are never secure enough.
    PASSWORD_MIN_LENGTH: setting(wholeNumber(8, 64), {
      default: '15',
      meaning: 'Minimum length of a new password, in characters.',
    }),
    PASSWORD_MIN_LENGTH_WITH_MFA: setting(wholeNumber(8, 64), {
      default: '8',
      meaning: 'Minimum length of a new password for users with a second factor.',
    }),
    SIGNING_KEY_DAYS: setting(wholeNumber(1, 3_650), {
      default: '30',
      meaning: 'Age in days at which the key that signs access tokens is replaced.',
    }),
    SESSION_IDLE_HOURS: setting(wholeNumber(1, 8_760), {
      default: String(14 * 24),
      meaning: 'Hours after which an unused session ends.',
    }),
    SESSION_MAX_HOURS: setting(wholeNumber(1, 8_760), {
      default: String(30 * 24),
      meaning: 'Hours after sign-in at which a session ends, whether or not it is used.',
    }),
    THROTTLE_PER_ACCOUNT: setting(wholeNumber(1, 1_000), {
      default: '10',
      meaning:
        'Maximum number of failed sign-ins to one account within `THROTTLE_WINDOW_SECONDS`; after that, further ones have to wait.',
    }),
    THROTTLE_PER_ADDRESS: setting(wholeNumber(1, 1_000_000), {
      default: '100',
      meaning:
        'Maximum number of failed sign-ins from one network address within `THROTTLE_WINDOW_SECONDS`, to all accounts together.',
    }),
    THROTTLE_WINDOW_SECONDS: setting(wholeNumber(1, 86_400), {
      default: '900',
      meaning: 'Length of the window in which failed sign-ins are counted, in seconds.',
    }),
    PASSWORD_HASH_ROUNDS: setting(wholeNumber(4, PASSWORD_ROUNDS), {
      default: String(PASSWORD_ROUNDS),
      testsOnly: 'makes stolen hashes easy to guess',
      meaning: 'Work factor of bcrypt.',
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
