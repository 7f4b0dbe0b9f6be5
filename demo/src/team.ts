import { writeFile } from 'node:fs/promises';
import type { GraphClient } from './client.ts';
import type { TeamConfig } from './demo-config.ts';
import { installTeam } from './team-install.ts';
import { outline } from './team-report.ts';
import { StepDisplay } from './terminal.ts';
import { watch } from './watch.ts';
import { execute } from './workflow.ts';

interface TeamResult extends Record<string, unknown> {
  readonly outcome: 'DONE' | 'NEEDS_INPUT';
  readonly questions: readonly { readonly step: string; readonly question: string }[];
}

/** Installs a team or takes the one that is there, lets it work, and shows what comes out. True when the work is done. */
export async function runTeam(
  client: GraphClient,
  team: TeamConfig,
  input: Record<string, unknown>,
  say: (line?: string) => void,
): Promise<boolean> {
  const { workflowId, name, roles } = await installTeam(client, team);
  const executionId = await execute(client, workflowId, input);
  say(`\n${name}: ${roles} roles, played by ${team.model} (execution ${executionId})\n`);
  const display = new StepDisplay(process.stdout);
  const ended = await watch<TeamResult | null>(client, executionId, (steps) => display.draw(steps));
  say(`\n${ended.status} after ${Math.round((ended.durationMs ?? 0) / 1000)} s\n`);
  const { result } = ended;
  if (ended.status !== 'COMPLETED' || result === null) {
    say(ended.error ? `${ended.error.code}: ${ended.error.message}` : 'The execution has no result.');
    return false;
  }
  const { outcome, questions, ...parts } = result;
  for (const line of outline(parts)) say(line);
  if (questions.length > 0) {
    say(outcome === 'DONE' ? 'Still open\n' : 'The team lacks something\n');
    for (const { step, question } of questions) say(`  ${step}: ${question}`);
    say();
  }
  if (team.output !== null) {
    await writeFile(team.output, `${JSON.stringify(result, null, 2)}\n`);
    say(`The whole result is in ${team.output}.`);
  }
  return outcome === 'DONE';
}
