import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMAIN_NAMES, DOMAINS, urlVariable } from '@flowmesh/platform/domains';
import { parse } from 'yaml';

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
  readonly depends_on?: Readonly<Record<string, object>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);

describe('docker-compose.yml', () => {
  it('runs every process of the product and what they stand on', () => {
    const processes = DOMAINS.flatMap(({ name, workers }) => (workers ? [name, `${name}-worker`] : [name]));
    expect(Object.keys(compose.services).sort()).toEqual([...processes, 'gateway', 'postgres', 'redis'].sort());
  });

  it('checks the health of every service', () => {
    const unchecked = services.filter(([, { healthcheck }]) => !healthcheck?.test.length).map(([name]) => name);
    expect(unchecked).toEqual([]);
  });

  it('starts bundles that the build makes', () => {
    const entries = ours.map(([, { command }]) => command?.at(-1));
    expect(new Set(entries)).toEqual(new Set([...DOMAIN_NAMES, 'gateway'].map((name) => `dist/${name}/main.js`)));
  });

  it('places each domain as the list of domains says', () => {
    for (const { name, port, workers, outside } of DOMAINS) {
      const api = compose.services[name];
      expect(api?.environment).toMatchObject({ PORT: port, ...(workers && { ROLE: 'api' }) });
      expect([name, api?.networks]).toEqual([name, outside.api ? ['backend', 'egress'] : ['backend']]);
      if (!workers) continue;
      const worker = compose.services[`${name}-worker`];
      expect(worker?.environment).toMatchObject({ PORT: port, ROLE: 'worker' });
      expect([name, worker?.networks]).toEqual([name, outside.worker ? ['backend', 'egress'] : ['backend']]);
    }
  });

  it('tells every process of ours where the domains are, and the gateway waits for them', () => {
    const urls = Object.fromEntries(DOMAINS.map(({ name, port }) => [urlVariable(name), `http://${name}:${port}`]));
    for (const [, { environment }] of ours) expect(environment).toMatchObject(urls);
    const ready = Object.fromEntries(DOMAIN_NAMES.map((name) => [name, { condition: 'service_healthy' }]));
    expect(compose.services.gateway?.depends_on).toEqual(ready);
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

test('the image is of the line that .nvmrc names, which the packages support', () => {
  const wanted = read('.nvmrc').trim();
  expect(wanted).toMatch(/^\d+\.\d+\.\d+$/);
  const line = wanted.split('.')[0];
  const images = [...read('Dockerfile').matchAll(/^FROM node:(\S+)/gm)].map(([, tag]) => tag);
  expect(images).toEqual([`${line}-slim`, `${line}-slim`, `${line}-slim`]);
});
