import { generateSecret, generateURI, verifySync } from 'otplib';

const ISSUER = 'Flowmesh';
/** 160 bits, as RFC 4226 recommends. */
const SECRET_BYTES = 20;
const CODE = /^\d{6}$/;
/** One step before and one after: people are slow, and the clocks of phones are not exact. */
const TOLERANCE_SECONDS = 30;

/** TOTP (RFC 6238) as authenticator apps speak it: SHA-1, six digits, 30 seconds. */
export const newTotpSecret = (): string => generateSecret({ length: SECRET_BYTES });

/** What an app reads as a QR code. */
export const otpauthUri = (label: string, secret: string): string => generateURI({ issuer: ISSUER, label, secret });

export const isTotpCode = (code: string): boolean => CODE.test(code);

/** The time step whose code this is, of the current one and its neighbours; null when it is of none of them. */
export function timeStepOf(secret: string, code: string, now: number = Date.now()): number | null {
  if (!isTotpCode(code)) return null;
  const result = verifySync({
    secret,
    token: code,
    epoch: Math.floor(now / 1_000),
    epochTolerance: TOLERANCE_SECONDS,
  });
  return result.valid && 'timeStep' in result ? result.timeStep : null;
}
