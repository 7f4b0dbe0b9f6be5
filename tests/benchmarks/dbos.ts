// DBOS Transact in a process of its own: workflows of steps that do nothing, each result stored. What its documentation says
// about speed is done: workflows are started in the process that runs them, without a queue, and the pool is as large as ours.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { repeat, timed } from './repeat.ts';

export interface DbosSettings {
  readonly databaseUrl: string;
  readonly clients: number;
  readonly five: number;
  readonly fan: number;
}

/** Executions a second, and milliseconds of processor time for each of them. */
export interface Speed {
  readonly perSecond: number;
  readonly cpuMs: number;
}

const { databaseUrl, clients, five, fan } = JSON.parse(process.argv[2] ?? '{}') as DbosSettings;

const step = (name: string, input: number) => DBOS.runStep(() => Promise.resolve(input), { name });

const fiveSteps = DBOS.registerWorkflow(
  async (input: number) => {
    let result = input;
    for (let at = 0; at < 5; at += 1) result = await step(`s${at}`, result);
    return result;
  },
  { name: 'five' },
);

const fanOut = DBOS.registerWorkflow(
  async (input: number) => {
    await step('begin', input);
    await Promise.all(Array.from({ length: 20 }, (_, at) => step(`w${at}`, input)));
    return step('end', input);
  },
  { name: 'fan' },
);

async function speedOf(workflow: (input: number) => Promise<number>, count: number): Promise<Speed> {
  const run = async (times: number) => {
    const ends: Promise<unknown>[] = [];
    await repeat(times, clients, async () => {
      const handle = await DBOS.startWorkflow(workflow)(1);
      ends.push(handle.getResult());
    });
    await Promise.all(ends);
  };
  await run(Math.ceil(count / 5));
  const before = process.cpuUsage();
  const seconds = await timed(() => run(count));
  const { user, system } = process.cpuUsage(before);
  return { perSecond: count / seconds, cpuMs: (user + system) / 1_000 / count };
}

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: databaseUrl, systemDatabasePoolSize: 20, logLevel: 'error' });
await DBOS.launch();
const speeds = { five: await speedOf(fiveSteps, five), fan: await speedOf(fanOut, fan) };
await DBOS.shutdown();
process.send?.(speeds);
