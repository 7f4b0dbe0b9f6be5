import type { GuardedHttp } from '@flowmesh/platform/http';

/** What is wrong with the address of a server whose paths are known; null when it can be used. */
export function baseAddressProblem(http: GuardedHttp, url: string): string | null {
  const { pathname, search, hash } = URL.canParse(url) ? new URL(url) : { pathname: '/', search: '', hash: '' };
  const extra = search || hash || pathname !== '/' ? 'must have no path, no parameters and no fragment' : null;
  return http.rules.problemOf(url) ?? extra;
}
