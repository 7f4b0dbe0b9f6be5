import { isIP } from 'node:net';
import { GuardedHttpError } from './guarded-http-error.ts';
import { BlockedAddress } from './guarded-lookup.ts';

function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && chain.length < 10; at = (at as { cause?: unknown }).cause) {
    chain.push(at);
  }
  return chain;
}

/** What looking up a name fails with. */
const NAME_ERRORS: ReadonlySet<unknown> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EAI_FAIL',
  'EAI_NONAME',
  'ENODATA',
]);

const NAME_LEADS_NOWHERE =
  'No answer: the name leads nowhere, or into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow';

/** What the network said, as one error for users. */
export function toGuardedError(error: unknown): GuardedHttpError {
  const chain = causes(error);
  const own = chain.find((cause) => cause instanceof GuardedHttpError);
  if (own) return own;
  const blocked = chain.find((cause) => cause instanceof BlockedAddress);
  const root = chain.at(-1);
  const code = (root as { code?: unknown } | undefined)?.code;
  // Does not reveal that a name exists inside the network: users could discover the operator's internal host names.
  const isName = blocked ? isIP(blocked.host) === 0 : NAME_ERRORS.has(code);
  if (isName) return new GuardedHttpError('CONNECTION', NAME_LEADS_NOWHERE, { cause: error });
  if (blocked) return new GuardedHttpError('BLOCKED_ADDRESS', blocked.message, { cause: error });
  const detail = root instanceof Error && root.message ? root.message : String(code ?? 'the connection failed');
  return new GuardedHttpError('CONNECTION', `No answer: ${detail}`, { cause: error });
}
