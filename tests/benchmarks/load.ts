import { Pool } from 'undici';
import { cpuSeconds } from '../harness/processes.ts';

/** Something that answers a GraphQL operation over HTTP, and the processes that do the work. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** Empty: anonymous. */
  readonly accessToken: string;
  readonly query: string;
  /** Asked in turn: clients that all ask the same at once could be answered together. */
  readonly variables: readonly object[];
  readonly pids: readonly number[];
}

export interface LoadResult {
  readonly perSecond: number;
  /** Processor time of all its processes for one request; hardly moved by what else the machine does. */
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The value below which this share of the sorted values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const CLIENTS = 8;
const WARM_UP_SECONDS = 3;
const ROUND_SECONDS = 3;
const ROUNDS = 3;

/** Posts the query of each target from some clients, each waiting for its answer before it asks again. */
export async function measure(targets: readonly Target[]): Promise<LoadResult[]> {
  const runs = targets.map((target) => ({ target, times: [] as number[], cpu: 0, seconds: 0 }));
  for (const { target } of runs) await ask(target, WARM_UP_SECONDS);
  // In turns, so that whatever disturbs the machine disturbs all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const run of runs) {
      const before = cpuSeconds(run.target.pids);
      run.times.push(...(await ask(run.target, ROUND_SECONDS)));
      run.cpu += cpuSeconds(run.target.pids) - before;
      run.seconds += ROUND_SECONDS;
    }
  }
  return runs.map(({ times, cpu, seconds }) => ({
    perSecond: times.length / seconds,
    cpuMs: (cpu / times.length) * 1000,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  }));
}

/** The answer of a target; throws when it has errors. */
export async function answerOf({ url, accessToken, query, variables }: Target): Promise<string> {
  const pool = new Pool(url, { connections: 1 });
  try {
    return await post(pool, accessToken, JSON.stringify({ query, variables: variables[0] }));
  } finally {
    await pool.close();
  }
}

async function ask({ url, accessToken, query, variables }: Target, seconds: number): Promise<number[]> {
  const pool = new Pool(url, { connections: CLIENTS });
  const bodies = variables.map((each) => JSON.stringify({ query, variables: each }));
  let next = 0;
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const begun = performance.now();
      await post(pool, accessToken, bodies[next++ % bodies.length]!);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await pool.close();
  return times;
}

async function post(pool: Pool, accessToken: string, body: string): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    ...(accessToken && { authorization: `Bearer ${accessToken}` }),
  };
  const { body: answer, statusCode } = await pool.request({ method: 'POST', path: '/graphql', headers, body });
  const text = await answer.text();
  if (statusCode !== 200 || text.includes('"errors"')) throw new Error(`The answer is ${text.slice(0, 500)}`);
  return text;
}
