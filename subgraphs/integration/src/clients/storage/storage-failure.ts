import type { CallError } from '@flowmesh/platform/resilience';
import { providerFailure, unusableAnswer as unusable, type Refusal } from '../provider-failure.ts';

const WHO = 'The storage';

/** Words of S3 for credentials that are not good. */
const LOGIN = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken']);
const SLOW_DOWN = new Set(['SlowDown', 'TooManyRequests', 'rateLimitExceeded']);

function meaningOf(word: string | null): Refusal['means'] {
  if (word === null) return undefined;
  return LOGIN.has(word) ? 'AUTHENTICATION' : SLOW_DOWN.has(word) ? 'LATER' : undefined;
}

/** Everything that is asked of a storage may be asked again. */
export const storageFailure = (refusal: Pick<Refusal, 'status' | 'headers' | 'word' | 'detail'>): CallError =>
  providerFailure({ ...refusal, who: WHO, means: meaningOf(refusal.word), repeatable: true });

export const unusableAnswer = (detail: string, cause?: unknown): CallError => unusable(WHO, detail, cause);
