import { readFile } from 'node:fs/promises';
import { DemoError, type TeamConfig, type TeamName } from './demo-config.ts';

/** What a text of somebody is to a team. */
const TEXT_AS: Readonly<Record<TeamName, (text: string) => Record<string, unknown>>> = {
  feature: (idea) => ({ idea }),
  'bug-triage': (report) => ({ report }),
  'security-review': (system) => ({ system }),
  // A paragraph is a voice.
  'sprint-retrospective': (text) => ({
    notes: text
      .split(/\n\s*\n/)
      .map((note) => note.trim())
      .filter(Boolean),
  }),
  'documentation-update': (change) => ({ change, documents: [] }),
};

/** What the team works on: a JSON object as it is, any other text as what the team is mainly given. */
export async function readTeamInput(team: TeamConfig, file: string | null): Promise<Record<string, unknown>> {
  if (file === '-') throw new DemoError('--file -: a team reads a file, not standard input.');
  const path = file ?? team.defaultInput;
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new DemoError(
      `Cannot read ${path}: ${error.code === 'ENOENT' ? 'there is no such file' : String(error.code)}.`,
    );
  });
  if (text.trim() === '') throw new DemoError(`${path} is empty: there is nothing to work on.`);
  if (!path.endsWith('.json')) return TEXT_AS[team.name](text.trim());
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new DemoError(`${path} is not JSON: ${(error as Error).message}`);
  }
}
