import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearMisses, readSettings, type Setting } from '@flowmesh/platform/config';
import { parse } from 'yaml';
import { generatedFiles } from './generated-files.ts';
import { ALL_SETTINGS, PROCESSES } from './processes.ts';

const root = join(__dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const declared = ALL_SETTINGS.flatMap(({ settings }) => Object.entries(settings));
const settings: ReadonlyMap<string, Setting> = new Map(declared);

describe('declared settings', () => {
  it('have one name each, unlike all others', () => {
    expect(settings.size).toBe(declared.length);
    const names = [...settings.keys()];
    for (const name of names) {
      const others = names.filter((other) => other !== name);
      expect(nearMisses({ [name]: 'x' }, others)).toEqual([]);
    }
  });

  it('have groups with one name each', () => {
    const names = ALL_SETTINGS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are right when nothing is set, and their defaults when they are', () => {
    for (const group of ALL_SETTINGS) {
      const defaults = Object.entries(group.settings).map(([name, setting]) => [name, setting.default ?? '']);
      expect(readSettings(group, Object.fromEntries(defaults))).toEqual(readSettings(group, {}));
    }
  });

  it('say what holds without them', () => {
    const silent = [...settings].filter(([, setting]) => setting.default === null && setting.otherwise === null);
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it('are secret where their names sound like it', () => {
    const open = [...settings].filter(([name, { secret }]) => /(SECRET|PASSWORD|TOKEN|KEYS?)$/.test(name) && !secret);
    expect(open.map(([name]) => name)).toEqual([]);
  });
});

test.each(Object.entries(generatedFiles(root)))('%s is as `npm run docs` writes it', (file, text) => {
  expect(read(file)).toBe(text);
});

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, { build?: string; environment?: Record<string, string | number> }>;
  };
  const ours = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);

  it.each(ours)('hands %s every setting that it reads, and no other', (name, { environment = {} }) => {
    const groups = PROCESSES[name.replace(/-worker$/, '')] ?? [];
    const reads = groups
      .flatMap((group) => Object.entries(group.settings))
      .filter(([, { testsOnly }]) => testsOnly === null)
      .map(([variable]) => variable);
    expect(Object.keys(environment).sort()).toEqual(reads.sort());
  });

  it.each(ours)('has for %s the defaults that the product has', (_name, { environment = {} }) => {
    for (const [variable, value] of Object.entries(environment)) {
      const [, from, otherwise] = /^\$\{(\w+):-(.*)\}$/.exec(String(value)) ?? [];
      if (from === undefined) continue;
      expect(from).toBe(variable);
      const usual = otherwise?.replace(/\$\{(\w+):-(.*)\}/, '$2');
      expect(['', settings.get(variable)?.default]).toContain(usual);
    }
  });
});

test('.env.example has everything that the compose file takes from it, and nothing else', () => {
  const listed = [...read('.env.example').matchAll(/^#?([A-Z\d_]+)=/gm)].map(([, name]) => name);
  const taken = [...read('docker-compose.yml').matchAll(/\$\{(\w+):/g)].map(([, name]) => name);
  expect(listed.sort()).toEqual([...new Set(taken)].sort());
});

test('the README has the settings that a first user needs, as they are', () => {
  const table = /## Configuration\n.*?\n(\|.*?)\n\n/s.exec(read('README.md'))?.[1] ?? '';
  const rows = table.split('\n').slice(2);
  const named = rows.map((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  expect(named.flat()).toEqual(['PORT', 'DATA_DIR', 'ADMIN_EMAIL', 'ADMIN_PASSWORD', 'PUBLIC_URL', 'DATABASE_URL']);
  for (const [name, row] of [
    ['PORT', rows[0]],
    ['DATA_DIR', rows[1]],
  ] as const) {
    expect(row?.split('|')[2]?.trim()).toBe(`\`${settings.get(name)?.default}\``);
  }
});
