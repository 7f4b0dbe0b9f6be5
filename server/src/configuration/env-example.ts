import { ALL_SETTINGS } from './processes.ts';

const HEAD = `# Copy to .env and fill in before \`docker compose up --build\`.
# Written by \`npm run docs\`. docs/configuration.md describes all settings, with their limits and the processes that read them.
`;

/** Variables of the compose file that are not settings of the product, or mean something else there. */
const COMPOSE: Readonly<Record<string, string>> = {
  PORT: 'Port at which the gateway is published.',
  POSTGRES_PASSWORD:
    'Password of the database. Letters and digits only, because it becomes part of an address. Generate one with: `openssl rand -hex 24`',
  REDIS_PASSWORD: 'Password of Redis. Letters and digits only. Generate one with: `openssl rand -hex 24`',
};

const WIDTH = 110;

/** `.env.example`: the variables that the compose file takes from `.env`; the required ones come first. */
export function envExample(compose: string): string {
  const insisted = namesIn(compose, /\$\{(\w+):\?/g);
  const taken = namesIn(compose, /\$\{(\w+):-/g);
  const declared = new Set(ALL_SETTINGS.flatMap(({ settings }) => Object.keys(settings)));
  const others = [...insisted].filter((name) => !declared.has(name));
  const first = others.map((name) => entry(COMPOSE[name] ?? '', `${name}=`));
  const sections: string[] = [];
  for (const { title, settings } of ALL_SETTINGS) {
    const lines: string[] = [];
    for (const [name, { meaning, default: usual }] of Object.entries(settings)) {
      if (insisted.has(name)) first.push(entry(meaning, `${name}=`));
      else if (taken.has(name)) lines.push(entry(COMPOSE[name] ?? meaning, `#${name}=${usual ?? ''}`));
    }
    if (lines.length === 0) continue;
    const heading = `## ${title}\n\n`;
    sections.push(
      sections.some((section) => section.startsWith(heading)) ? lines.join('\n') : heading + lines.join('\n'),
    );
  }
  return [HEAD, `## Required\n\n${first.join('\n')}`, ...sections].join('\n');
}

const namesIn = (text: string, pattern: RegExp): ReadonlySet<string> =>
  new Set([...text.matchAll(pattern)].map(([, name = '']) => name));

const entry = (meaning: string, line: string): string => `${wrapped(meaning)}\n${line}\n`;

/** As comments, without Markdown. */
function wrapped(text: string): string {
  // Code is not broken over lines.
  const plain = text
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replace(/`([^`]+)`/g, (_whole, code: string) => code.replaceAll(' ', '\u00a0'));
  const lines: string[] = [];
  for (const word of plain.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.join('\n').replaceAll('\u00a0', ' ');
}
