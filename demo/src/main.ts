import { GraphClient } from './client.ts';
import { assembleCrew } from './crew.ts';
import { DemoError, HELP, loadDemoConfig, type DemoConfig } from './demo-config.ts';
import { whatWasKnown } from './knowledge.ts';
import { findCredentials, findOrStartProduct, type Product } from './product.ts';
import { readReport, type Report } from './report.ts';
import { findStorage, HOW_TO_REGISTER, storeReport } from './storage.ts';
import { readTeamInput } from './team-input.ts';
import { runTeam } from './team.ts';
import { StepDisplay } from './terminal.ts';
import { ensureWorkflow, execute } from './workflow.ts';
import { watch } from './watch.ts';

const say = (line = '') => void process.stdout.write(`${line}\n`);

async function run(config: DemoConfig, product: Product, report: Report): Promise<boolean> {
  const client = new GraphClient(product.url);
  const { email, password } = await findCredentials(config);
  const userId = await client.signIn(email, password);
  // Looked for first, so that a wrong name is known before the agents work.
  const storage = await findStorage(client, userId, config.storage);
  const crew = await assembleCrew(client);
  const workflowId = await ensureWorkflow(client, crew);
  const executionId = await execute(client, workflowId, report);
  say(`\n${Object.keys(crew).length} agents triage ${report.source} (execution ${executionId})\n`);
  const display = new StepDisplay(process.stdout);
  const ended = await watch<{ readonly text: string }>(client, executionId, (steps) => display.draw(steps));
  say(`\n${ended.status} after ${ended.durationMs ?? 0} ms, started by ${ended.startedBy.username}\n`);
  if (ended.status !== 'COMPLETED') {
    say(ended.error ? `${ended.error.code}: ${ended.error.message}` : 'The execution has no result.');
    return false;
  }
  say(ended.result.text);
  say('\nWhat was known at each step (version of the context, and its keys)\n');
  for (const line of await whatWasKnown(client, executionId)) say(line);
  say();
  if (storage === null) {
    say(HOW_TO_REGISTER);
    return true;
  }
  const stored = { executionId, text: ended.result.text, steps: ended.steps };
  try {
    for (const line of await storeReport(client, storage, stored)) say(line);
  } catch (error) {
    // The triage has succeeded; only a storage that was asked for by name must work.
    if (config.storage !== null || !(error instanceof DemoError)) throw error;
    say(`The report is not stored. ${error.message}`);
  }
  return true;
}

async function signedIn(config: DemoConfig, product: Product): Promise<GraphClient> {
  const client = new GraphClient(product.url);
  const { email, password } = await findCredentials(config);
  await client.signIn(email, password);
  return client;
}

async function main(): Promise<number> {
  const config = loadDemoConfig(process.argv.slice(2));
  if (config.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { team } = config;
  const input = team === null ? null : await readTeamInput(team, config.file);
  const report = team === null ? await readReport(config, say) : null;
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => interruption.abort(new DemoError('Interrupted.')));
  }
  const product = await findOrStartProduct(config, say, interruption.signal);
  const interrupted = new Promise<never>((_resolve, reject) => {
    interruption.signal.addEventListener('abort', () => reject(interruption.signal.reason as Error));
  });
  try {
    const work = async () => {
      if (team && input) return runTeam(await signedIn(config, product), team, input, say);
      return report !== null && run(config, product, report);
    };
    return (await Promise.race([work(), interrupted])) ? 0 : 1;
  } finally {
    await product.leave();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const message = error instanceof DemoError ? error.message : ((error as Error).stack ?? String(error));
    process.stderr.write(`\n${message}\n`);
    process.exit(error instanceof DemoError ? error.exitCode : 1);
  },
);
