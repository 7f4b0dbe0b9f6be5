import { line } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Operation } from '../integration-client.ts';

const whole = (min: number, max: number) => z.int().min(min).max(max);

export const postgresqlConfiguration = z.strictObject({
  host: line({ min: 1, max: 255 }).describe('Name or address of the server; not the one that the product itself uses'),
  port: whole(1, 65_535).default(5432),
  database: line({ min: 1, max: 63 }),
  user: line({ min: 1, max: 63 }),
  tls: z
    .enum(['VERIFIED', 'UNVERIFIED', 'OFF'])
    .default('VERIFIED')
    .describe('VERIFIED: the certificate must be good for the host. UNVERIFIED: encrypted, to whoever answers'),
  allowWrites: z
    .boolean()
    .default(false)
    .describe('Whether `execute` may be called; without it the user must be one that cannot write by reading'),
  statementTimeoutMs: whole(10, 300_000).default(10_000).describe('The server ends statements that take longer'),
  maxRows: whole(1, 10_000)
    .default(1_000)
    .describe('Rows of an answer; further ones, and those beyond 1 MB, are left out, and said to be'),
});

export type PostgresqlConfiguration = z.output<typeof postgresqlConfiguration>;

const statement = {
  type: 'object',
  additionalProperties: false,
  required: ['sql'],
  properties: {
    sql: { type: 'string', minLength: 1, maxLength: 100_000, description: 'One statement' },
    parameters: {
      type: 'array',
      maxItems: 1_000,
      description: 'Values of $1, $2 …; lists are arrays of PostgreSQL, objects JSON',
    },
  },
} as const;

const rows = { type: 'array', items: { type: 'object' } } as const;

export const POSTGRESQL_OPERATIONS: readonly Operation[] = [
  {
    name: 'query',
    description: 'Reads: one SELECT, in a transaction that can change nothing.',
    inputSchema: statement,
    outputSchema: {
      type: 'object',
      required: ['rows', 'truncated'],
      properties: { rows, truncated: { type: 'boolean', description: 'There were more rows' } },
    },
    readOnly: true,
    repeatable: true,
  },
  {
    name: 'execute',
    description: 'Changes: one statement in a transaction of its own. Refused unless the configuration allows writes.',
    inputSchema: statement,
    outputSchema: {
      type: 'object',
      required: ['rowCount', 'rows', 'truncated'],
      properties: { rowCount: { type: ['integer', 'null'] }, rows, truncated: { type: 'boolean' } },
    },
    readOnly: false,
    repeatable: false,
  },
];
