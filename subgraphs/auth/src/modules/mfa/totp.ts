import { generateSecret, generateURI, verifySync } from 'otplib';

const ISSUER = 'Flowmesh';
/** 160 bits, as RFC 4226 recommends. */
const SECRET_BYTES = 20;
const CODE = /^\d{6}$/;
const STEP_SECONDS = 30;

/** TOTP (RFC 6238) as authenticator apps speak it: SHA-1, six digits, 30 seconds. */
export const newTotpSecret = (): string => generateSecret({ length: SECRET_BYTES });

/** What an app reads as a QR code. */
export const otpauthUri = (label: string, secret: string): string => generateURI({ issuer: ISSUER, label, secret });

export const isTotpCode = (code: string): boolean => CODE.test(code);

/** Which time step's code was given. */
export interface TotpMatch {
  readonly timeStep: number;
  /** Whether it still counts; else its time was over no longer ago than a step: somebody was too slow, and guesses nothing. */
  readonly good: boolean;
}

export interface TotpClock {
  /** How far a phone's clock may be wrong: a code counts so much sooner and longer than its 30 seconds. */
  readonly toleranceSeconds: number;
  /** Milliseconds; the server's clock unless a test says otherwise. */
  readonly now?: number;
}

/** The time step whose code this is, of the current one and the one before it; null when it is of neither. */
export function matchTotp(
  secret: string,
  code: string,
  { toleranceSeconds, now = Date.now() }: TotpClock,
): TotpMatch | null {
  if (!isTotpCode(code)) return null;
  const epoch = Math.floor(now / 1_000);
  const result = verifySync({
    secret,
    token: code,
    epoch,
    epochTolerance: [toleranceSeconds + STEP_SECONDS, toleranceSeconds],
  });
  if (!result.valid || !('timeStep' in result)) return null;
  const { timeStep } = result;
  return { timeStep, good: (timeStep + 1) * STEP_SECONDS > epoch - toleranceSeconds };
}
