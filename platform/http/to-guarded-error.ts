import { GuardedHttpError } from './guarded-http-error.ts';
import { BlockedAddress } from './guarded-lookup.ts';

function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && chain.length < 10; at = (at as { cause?: unknown }).cause) {
    chain.push(at);
  }
  return chain;
}

/** What the network said, as one error for users. */
export function toGuardedError(error: unknown): GuardedHttpError {
  const chain = causes(error);
  const own = chain.find((cause) => cause instanceof GuardedHttpError);
  if (own) return own;
  const blocked = chain.find((cause) => cause instanceof BlockedAddress);
  if (blocked) return new GuardedHttpError('BLOCKED_ADDRESS', blocked.message, { cause: error });
  const root = chain.at(-1);
  const code = (root as { code?: unknown } | undefined)?.code;
  const detail = root instanceof Error && root.message ? root.message : String(code ?? 'the connection failed');
  return new GuardedHttpError('CONNECTION', `No answer: ${detail}`, { cause: error });
}
