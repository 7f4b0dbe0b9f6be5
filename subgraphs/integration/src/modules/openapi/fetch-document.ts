import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import { OpenApiError } from '@flowmesh/platform/openapi';

const LIMITS = { deadlineMs: 30_000, maxBytes: 10_000_000 };

/** The text at an address that a user gave. Throws `OpenApiError`. */
export async function fetchDocument(http: GuardedHttp, url: string): Promise<string> {
  const problem = http.rules.problemOf(url);
  if (problem) throw new OpenApiError(problem);
  try {
    const headers = { accept: 'application/json, application/yaml, text/yaml, */*', 'user-agent': 'flowmesh' };
    const response = await http.request(url, { headers, ...LIMITS });
    if (response.status === 200) return await response.text();
    await response.body?.cancel();
    const moved = response.status >= 300 && response.status < 400 ? ': give the address that it leads to' : '';
    throw new OpenApiError(`answered ${response.status}${moved}`);
  } catch (error) {
    if (!(error instanceof GuardedHttpError)) throw error;
    throw new OpenApiError(`could not be fetched: ${error.message}`, { cause: error });
  }
}
