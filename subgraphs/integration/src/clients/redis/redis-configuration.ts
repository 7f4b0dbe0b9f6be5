import { line } from '@flowmesh/platform/validation';
import { z } from 'zod';

export const redisConfiguration = z.strictObject({
  host: line({ min: 1, max: 255 }).describe('Name or address of the server'),
  port: z.int().min(1).max(65_535).default(6379),
  database: z.int().min(0).max(1_000_000).default(0),
  user: line({ min: 1, max: 200 }).optional().describe('With a password; by default the server’s own'),
  tls: z
    .enum(['VERIFIED', 'UNVERIFIED', 'OFF'])
    .default('VERIFIED')
    .describe('VERIFIED: the certificate must be good for the host. UNVERIFIED: encrypted, to whoever answers'),
  keyPrefix: z.string().max(200).default('').describe('Before each key: calls reach no others'),
});

export type RedisConfiguration = z.output<typeof redisConfiguration>;
