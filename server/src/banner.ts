import { resolve } from 'node:path';
import type { PlatformConfig } from '@flowmesh/platform/config';

export interface BannerFacts {
  readonly config: PlatformConfig;
  readonly port: number;
  readonly seconds: number;
  /** Made by this start, with a password nobody knows yet. */
  readonly administrator: { readonly email: string; readonly password: string; readonly file: string | null } | null;
}

/** What somebody needs to know who has just started the product. */
export function banner({ config, port, seconds, administrator }: BannerFacts): string {
  const host = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(config.host) ? 'localhost' : config.host;
  const base = `http://${host}:${port}`;
  const lines = [
    '',
    `Flowmesh is ready after ${seconds.toFixed(1)} s.`,
    '',
    `  GraphiQL   ${base}/graphql (open it in a browser)`,
    `  GraphQL    ${base}/graphql (HTTP, server-sent events), ws://${host}:${port}/graphql (WebSocket)`,
    `  Health     ${base}/health/ready`,
    `  Metrics    ${base}/metrics`,
    `  Data       ${config.databaseUrl === null ? resolve(config.dataDir) : 'in the PostgreSQL server of DATABASE_URL'}`,
    `  Queues     ${config.redisUrl === null ? 'on PostgreSQL' : 'on Redis'}`,
  ];
  if (administrator) {
    lines.push(
      '',
      'The first administrator has a new password, shown this once:',
      `  E-mail     ${administrator.email}`,
      `  Password   ${administrator.password}`,
      '  It is good for 24 hours: choose your own with the mutation changePassword. After that a restart makes the next one.',
      administrator.file === null
        ? '  It is kept nowhere else: DATA_DIR cannot be written.'
        : `  Also in ${administrator.file}, where \`npm run demo\` finds it. Delete the file when you have changed it.`,
    );
  }
  lines.push('', 'Stop with Ctrl-C.', '', '');
  return lines.join('\n');
}
