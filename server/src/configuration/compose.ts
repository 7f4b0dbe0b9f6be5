import type { SettingsGroup } from '@flowmesh/platform/config';
import { DOMAINS, urlVariable } from '@flowmesh/platform/domains';
import { PROCESSES } from './processes.ts';

const REQUIRED = 'set it in .env, see .env.example';
const required = (name: string): string => `\${${name}:?${REQUIRED}}`;

/** What the compose file says by itself, of settings that it does not just hand on from `.env`. */
const FIXED: Readonly<Record<string, string>> = {
  NODE_ENV: 'production',
  HOST: '0.0.0.0',
  ROLE: 'all',
  PUBLIC_URL: '${PUBLIC_URL:-http://localhost:${PORT:-4000}}',
  INTERNAL_SECRET: required('INTERNAL_SECRET'),
  ENCRYPTION_KEY: required('ENCRYPTION_KEY'),
  ADMIN_EMAIL: required('ADMIN_EMAIL'),
  ADMIN_PASSWORD: required('ADMIN_PASSWORD'),
  DATABASE_URL: `postgresql://flowmesh:${required('POSTGRES_PASSWORD')}@postgres:5432/flowmesh`,
  REDIS_URL: `redis://:${required('REDIS_PASSWORD')}@redis:6379`,
  ...Object.fromEntries(DOMAINS.map(({ name, port }) => [urlVariable(name), `http://${name}:${port}`])),
};

/** Each service says where it listens itself. */
const OWN = new Set(['PORT']);

const BEGIN = '# What each process is given, written by `npm run docs`. See docs/configuration.md.';
const END = '# End of what is written.';

/** The compose file with its part that follows from the settings, and all else as it is. */
export function withSettings(file: string): string {
  const begin = file.indexOf(BEGIN);
  const end = file.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docker-compose.yml has no place for the settings: "${BEGIN}".`);
  return file.slice(0, begin) + settingsPart() + file.slice(end);
}

/** An anchor for each group, and for each process one that merges those of its groups. */
function settingsPart(): string {
  const groups = [...new Set(Object.values(PROCESSES).flat())].filter((group) => variablesOf(group).length > 0);
  const blocks = groups.map((group) => {
    const lines = variablesOf(group).map((name) => `  ${name}: ${FIXED[name] ?? `\${${name}:-}`}\n`);
    return `x-${group.name}: &${group.name}\n${lines.join('')}`;
  });
  const processes = Object.entries(PROCESSES).map(([name, read]) => {
    const merged = read.filter((group) => groups.includes(group)).map((group) => `*${group.name}`);
    return `x-${name}-process: &${name}-process\n  <<: [${merged.join(', ')}]\n`;
  });
  return `${BEGIN}\n${[...blocks, ...processes].join('\n')}\n`;
}

/** Those that operators may set. */
const variablesOf = ({ settings }: SettingsGroup): readonly string[] =>
  Object.entries(settings).flatMap(([name, { testsOnly }]) => (testsOnly !== null || OWN.has(name) ? [] : [name]));
