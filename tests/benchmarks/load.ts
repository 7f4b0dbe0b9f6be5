import { Pool } from 'undici';

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly answerBytes: number;
}

/** The value below which this share of the sorted values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Posts the same operation from some clients, each waiting for its answer before it asks again. */
export async function load(
  url: string,
  accessToken: string,
  operation: { readonly query: string; readonly variables?: object },
  options: { readonly seconds: number; readonly clients: number },
): Promise<LoadResult> {
  const pool = new Pool(url, { connections: options.clients });
  const body = JSON.stringify(operation);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` };
  const ask = async () => {
    const { body: answer, statusCode } = await pool.request({ method: 'POST', path: '/graphql', headers, body });
    const text = await answer.text();
    if (statusCode !== 200 || text.includes('"errors"')) throw new Error(`${url} answered ${text.slice(0, 500)}`);
    return text.length;
  };
  const answerBytes = await ask();
  const run = async (seconds: number) => {
    const times: number[] = [];
    const end = performance.now() + seconds * 1000;
    const client = async () => {
      while (performance.now() < end) {
        const begun = performance.now();
        await ask();
        times.push(performance.now() - begun);
      }
    };
    await Promise.all(Array.from({ length: options.clients }, client));
    return times;
  };
  try {
    await run(Math.min(3, options.seconds));
    const times = await run(options.seconds);
    return {
      perSecond: times.length / options.seconds,
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
      answerBytes,
    };
  } finally {
    await pool.close();
  }
}
