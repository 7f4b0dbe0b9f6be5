import type { SettingsGroup } from '@flowmesh/platform/config';
import { DOMAINS, urlVariable, type Domain } from '@flowmesh/platform/domains';
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

/** The parts of the compose file that are written: what stands before and behind each, and what it is. */
const PARTS = [
  {
    begin: '# What each process is given, written by `npm run docs`. See docs/configuration.md.',
    end: '# End of what is written.',
    text: settingsPart,
  },
  {
    begin: '  # The processes of the domains, written by `npm run docs` from platform/domains/domains.json.',
    end: '  # End of the processes of the domains.',
    text: processesPart,
  },
];

/** The compose file with its parts that follow from settings and domains, and all else as it is. */
export function withWrittenParts(file: string): string {
  return PARTS.reduce((text, part) => {
    const begin = text.indexOf(part.begin);
    const end = text.indexOf(part.end);
    if (begin < 0 || end < begin) throw new Error(`docker-compose.yml has no place for: "${part.begin.trim()}".`);
    return text.slice(0, begin) + `${part.begin}\n${part.text()}\n` + text.slice(end);
  }, file);
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
  return `${[...blocks, ...processes, whenDomains()].join('\n')}`;
}

/** What the gateway waits for. */
const whenDomains = (): string =>
  `x-when-domains: &when-domains\n${DOMAINS.map(({ name }) => `  ${name}: { condition: service_healthy }\n`).join('')}`;

function processesPart(): string {
  return DOMAINS.flatMap((domain) => {
    if (!domain.workers) return [processOf(domain, 'api', domain.name)];
    return [processOf(domain, 'api', domain.name), processOf(domain, 'worker', `${domain.name}-worker`)];
  }).join('\n');
}

function processOf({ name, port, workers, outside }: Domain, role: 'api' | 'worker', process: string): string {
  const reason = outside[role];
  return [
    `  ${process}:`,
    '    <<: *image',
    `    command: [node, --enable-source-maps, dist/${name}/main.js]`,
    `    environment: { <<: *${name}-process, PORT: ${port}${workers ? `, ROLE: ${role}` : ''} }`,
    '    depends_on: *when-stores',
    ...(reason === undefined ? [] : [`    # ${reason}`]),
    `    networks: [backend${reason === undefined ? '' : ', egress'}]`,
    '',
  ].join('\n');
}

/** Those that operators may set. */
const variablesOf = ({ settings }: SettingsGroup): readonly string[] =>
  Object.entries(settings).flatMap(([name, { testsOnly }]) => (testsOnly !== null || OWN.has(name) ? [] : [name]));
