import { generateSecret, generateURI, verifySync } from 'otplib';

const ISSUER = 'Flowmesh';
/** 160 bits, as RFC 4226 recommends. */
const SECRET_BYTES = 20;
const CODE = /^\d{6}$/;
const STEP_SECONDS = 30;

/** TOTP (RFC 6238) with the parameters of authenticator apps: SHA-1, six digits, 30 seconds. */
export const newTotpSecret = (): string => generateSecret({ length: SECRET_BYTES });

/** The content of the QR code. */
export const otpauthUri = (label: string, secret: string): string => generateURI({ issuer: ISSUER, label, secret });

export const isTotpCode = (code: string): boolean => CODE.test(code);

/** The time step of the given code. */
export interface TotpMatch {
  readonly timeStep: number;
  /**
   * Whether it is valid now; otherwise it expired within the last time step: the user was too slow, which is not a
   * guess.
   */
  readonly good: boolean;
}

export interface TotpClock {
  /** How far a phone's clock may be off: a code is accepted this much before and after its 30 seconds. */
  readonly toleranceSeconds: number;
  /** Milliseconds; the server's clock unless a test says otherwise. */
  readonly now?: number;
}

/** The time step of this code, of the current and the previous one; null if it belongs to neither. */
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
