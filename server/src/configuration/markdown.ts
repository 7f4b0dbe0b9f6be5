import type { Setting, SettingsGroup } from '@flowmesh/platform/config';
import { ALL_SETTINGS, PROCESSES } from './processes.ts';

const HEAD = `<!-- Written by \`npm run docs\` from what the code declares. -->

# Configuration

Settings are environment variables; an empty variable counts as not set. They are validated before anything starts. All
problems, in all parts of a process, are reported at once, together with variables that look like mistyped settings. Secrets
are never shown.

\`--print-config\` shows the settings of a process without starting it. Its exit code is 1 when a setting is wrong.

\`\`\`sh
node dist/server/main.js --print-config                            # one process
docker compose exec auth node dist/auth/main.js --print-config     # one of many
\`\`\`

**One process** (\`npm start\`) reads all settings except those of [many processes](#many-processes), and requires none of them.
With **many processes**, each process needs the settings that it reads; \`docker-compose.yml\` takes them from \`.env\` (see
\`.env.example\`).
`;

const TESTS = 'For tests';

/** `docs/configuration.md`: every setting there is, under the titles of its group. */
export function configurationPage(): string {
  const sections = new Map<string, string[]>();
  const add = (title: string, ...lines: string[]) => sections.set(title, [...(sections.get(title) ?? []), ...lines]);
  for (const group of ALL_SETTINGS) {
    if (group.about !== null) add(group.title, group.about);
    for (const [name, setting] of Object.entries(group.settings)) {
      add(setting.testsOnly === null ? group.title : TESTS, entry(name, setting, group));
    }
  }
  const tests = sections.get(TESTS) ?? [];
  sections.delete(TESTS);
  sections.set(TESTS, ['Refused unless `NODE_ENV=test`.', ...tests]);
  return [HEAD, ...[...sections].map(([title, lines]) => `## ${title}\n\n${lines.join('\n\n')}\n`)].join('\n');
}

function entry(
  name: string,
  { type, meaning, default: usual, otherwise, secret }: Setting,
  group: SettingsGroup,
): string {
  const facts = [
    `- Value: ${type.mustBe.replace(/[_<]/g, '\\$&')}${secret === null ? '' : '. Secret'}`,
    `- ${usual === null ? 'Without it' : 'Default'}: ${otherwise ?? `\`${usual}\``}`,
    `- Read by: ${readersOf(group)}`,
  ];
  return `### \`${name}\`\n\n${meaning}\n\n${facts.join('\n')}`;
}

function readersOf(group: SettingsGroup): string {
  const names = Object.keys(PROCESSES).filter((name) => PROCESSES[name]?.includes(group));
  if (names.length === 0) return 'the product in one process';
  return names.length === Object.keys(PROCESSES).length ? 'every process' : names.join(', ');
}
