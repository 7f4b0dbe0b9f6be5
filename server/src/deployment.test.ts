import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLATFORM_VARIABLES } from '@flowmesh/platform/config';
import { parse } from 'yaml';
import { GATEWAY_VARIABLES } from '../../gateway/src/gateway-config.ts';
import { AUTH_VARIABLES } from '../../subgraphs/auth/src/auth-config.ts';
import { CHANNEL_VARIABLES } from '../../subgraphs/notification/src/modules/channels/environment-config.ts';

const root = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);

describe('docker-compose.yml', () => {
  it('runs every process of the product and what they stand on', () => {
    expect(Object.keys(compose.services).sort()).toEqual(
      [
        'agent',
        'agent-worker',
        'auth',
        'gateway',
        'notification',
        'notification-worker',
        'postgres',
        'redis',
        'workflow',
        'workflow-worker',
      ].sort(),
    );
  });

  it('checks the health of every service', () => {
    const unchecked = services.filter(([, { healthcheck }]) => !healthcheck?.test.length).map(([name]) => name);
    expect(unchecked).toEqual([]);
  });

  it('starts bundles that the build makes', () => {
    const entries = ours.map(([, { command }]) => command?.at(-1));
    expect(new Set(entries)).toEqual(
      new Set([
        'dist/auth/main.js',
        'dist/agent/main.js',
        'dist/workflow/main.js',
        'dist/notification/main.js',
        'dist/gateway/main.js',
      ]),
    );
  });

  it('sets only variables that the configuration knows', () => {
    const known = new Set([...PLATFORM_VARIABLES, ...AUTH_VARIABLES, ...GATEWAY_VARIABLES, ...CHANNEL_VARIABLES]);
    const unknown = ours.flatMap(([name, { environment }]) =>
      Object.keys(environment ?? {})
        .filter((variable) => !known.has(variable))
        .map((variable) => `${name}: ${variable}`),
    );
    expect(unknown).toEqual([]);
  });

  it('publishes the gateway and nothing else, and keeps the rest on an internal network', () => {
    expect(services.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(['gateway']);
    expect(compose.networks.backend).toEqual({ internal: true });
    expect(services.filter(([, { networks }]) => !networks?.includes('backend'))).toEqual([]);
  });

  it('holds no secret, and names those that must be given in .env.example', () => {
    const text = read('docker-compose.yml');
    const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
    expect([...required].sort()).toEqual([
      'ADMIN_EMAIL',
      'ADMIN_PASSWORD',
      'ENCRYPTION_KEY',
      'INTERNAL_SECRET',
      'POSTGRES_PASSWORD',
      'REDIS_PASSWORD',
    ]);
    const example = read('.env.example');
    for (const name of required) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
  });
});
