import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS, GATEWAY_VARIABLES, loadGatewayLimits } from './gateway-config.ts';

test('limits are as they are told to be', () => {
  expect(loadGatewayLimits({ GRAPHQL_MAX_DEPTH: '7', GRAPHQL_MAX_COST: '' })).toEqual({ ...DEFAULT_LIMITS, depth: 7 });
  expect(() => loadGatewayLimits({ GRAPHQL_MAX_DEPTH: '0', GRAPHQL_MAX_COST: '9999' })).toThrow(
    'The configuration has problems: GRAPHQL_MAX_DEPTH must be a whole number from 1; GRAPHQL_MAX_COST must be a whole number from 10,000',
  );
});

test('the guide lists every setting with what holds without it', () => {
  const guide = readFileSync(join(__dirname, '../../docs/guides/limits.md'), 'utf8');
  const listed = [...guide.matchAll(/^\| `(\w+)` +\| ([\d,]+) /gm)].map(([, name, value]) => [
    name,
    Number(value?.replaceAll(',', '')),
  ]);
  const values = Object.values(DEFAULT_LIMITS) as number[];
  expect(listed).toEqual(GATEWAY_VARIABLES.map((name, at) => [name, values[at]]));
});
