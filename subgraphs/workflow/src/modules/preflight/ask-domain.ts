import type { Caller } from '@flowmesh/platform/access';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import { ofWork, warning, type Finding, type Work } from './finding.ts';

/** Somebody waits for the answer. */
const TIMEOUT_MS = 4_000;

export type Answer<T> = { readonly data: T } | { readonly unknown: string };

/** What another domain says to the caller, or why that is not known. */
export async function askDomain<T>(
  services: Services,
  domain: string,
  caller: Caller,
  query: string,
  variables: Record<string, unknown>,
): Promise<Answer<T>> {
  const service = services.get(domain);
  if (!service) return { unknown: `This installation has no ${domain} service.` };
  const { viewer, requestId, signal } = caller;
  try {
    return { data: await service.ask<T>({ query, variables }, { viewer, requestId, signal, timeoutMs: TIMEOUT_MS }) };
  } catch (thrown) {
    if (thrown instanceof ServiceAwayError || thrown instanceof ServiceRefusedError) return { unknown: thrown.message };
    throw thrown;
  }
}

/** That it is not known of these steps. */
export const unknownOf = (work: readonly Work[], what: string, reason: string): Finding[] =>
  work.map((each) => ofWork(each, '', warning('UNKNOWN', `${what} could not be checked: ${reason}`)));

export const entities = (typename: string, ids: readonly string[]) => ({
  representations: [...new Set(ids)].map((id) => ({ __typename: typename, id })),
});
