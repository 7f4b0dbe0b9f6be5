import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '@flowmesh/platform/config';
import { DEFAULT_LIMITS, edgeSettings, limitSettings } from './gateway-config.ts';

const VARIABLES = Object.keys(limitSettings.settings);

test('limits are as they are told to be', () => {
  const read = (environment: Record<string, string>) => readSettings(limitSettings, environment);
  expect(read({ GRAPHQL_MAX_DEPTH: '7', GRAPHQL_MAX_COST: '' })).toEqual({ ...DEFAULT_LIMITS, depth: 7 });
  expect(() => read({ GRAPHQL_MAX_DEPTH: '0', GRAPHQL_MAX_COST: '9999' })).toThrow(
    [
      'The configuration has 2 problems:',
      '- GRAPHQL_MAX_DEPTH must be a whole number from 1, not "0".',
      '- GRAPHQL_MAX_COST must be a whole number from 10,000, not "9999".',
    ].join('\n'),
  );
});

test('each limit is set by a variable of its own', () => {
  const values = VARIABLES.map((_name, at) => 10_000 + at);
  const environment = Object.fromEntries(VARIABLES.map((name, at) => [name, String(values[at])]));
  expect(Object.values(readSettings(limitSettings, environment))).toEqual(values);
});

test('the guide lists every setting with what holds without it', () => {
  const guide = readFileSync(join(__dirname, '../../docs/reference/limits.md'), 'utf8');
  const listed = [...guide.matchAll(/^\| `(\w+)` +\| ([\d,]+) /gm)].map(([, name, value]) => [
    name,
    Number(value?.replaceAll(',', '')),
  ]);
  const values = Object.values(DEFAULT_LIMITS) as number[];
  expect(listed).toEqual(VARIABLES.map((name, at) => [name, values[at]]));
});

test('no proxy is trusted unless it is named', () => {
  const trusted = (TRUST_PROXY: string) => readSettings(edgeSettings, { TRUST_PROXY }).trustProxy;
  expect(trusted('')).toEqual([]);
  expect(trusted('loopback, 10.0.0.0/8,fd00::/8,192.0.2.1')).toEqual([
    'loopback',
    '10.0.0.0/8',
    'fd00::/8',
    '192.0.2.1',
  ]);
  for (const wrong of [
    'true',
    '1',
    '*',
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '0.0.0.0/0',
  ]) {
    expect(() => trusted(wrong)).toThrow('TRUST_PROXY must be addresses or ranges separated by commas');
  }
});

test('origins are taken only as browsers write them', () => {
  const allowed = (CORS_ORIGINS: string) => readSettings(edgeSettings, { CORS_ORIGINS }).corsOrigins;
  expect(allowed('')).toEqual([]);
  expect(allowed('https://app.example.org, http://localhost:3000')).toEqual([
    'https://app.example.org',
    'http://localhost:3000',
  ]);
  for (const wrong of ['*', 'null', 'app.example.org', 'https://app.example.org/', 'https://App.example.org']) {
    expect(() => allowed(wrong)).toThrow(
      `CORS_ORIGINS must be origins separated by commas, e.g. https://app.example.org, not "${wrong}"`,
    );
  }
});
