import { z } from 'zod';
import type { NewEvent } from '../events/index.ts';

/** Event type: the integrations that something uses have changed. */
export const INTEGRATION_USE_CHANGED = 'integration.use.changed';

const userShape = z.object({
  kind: z.enum(['WORKFLOW', 'NOTIFICATION_CHANNEL', 'AGENT']),
  id: z.string().min(1),
  name: z.string(),
  ownerId: z.string().nullable(),
  version: z.int().min(1),
  uses: z
    .array(
      z.object({
        integrationId: z.string().min(1),
        hasFallback: z.boolean(),
        operations: z.array(z.string().min(1)).max(200).optional(),
        dispensable: z.array(z.string().min(1)).max(200).optional(),
      }),
    )
    .max(200),
});

export type IntegrationUserKind = IntegrationUser['kind'];
export type IntegrationUse = IntegrationUser['uses'][number];

/**
 * Something that uses integrations: payload, version 1, of `integration.use.changed`. It always carries the whole state,
 * so it may arrive twice and late.
 *
 * - `id`: unique within its `kind`.
 * - `name`: as people know it.
 * - `ownerId`: null when it belongs to the installation.
 * - `version`: grows with each event of this object, determined under its row lock. Lower ones are ignored.
 * - `uses`: everything it uses now, at most 200; empty after it was deleted. `hasFallback`: something else takes over
 *   while the integration cannot be called. `operations`: names of those that it calls, at most 200; left out: not known. `dispensable`: those without
 *   which something else takes over, or it goes on; left out: all if `hasFallback`, otherwise none.
 */
export type IntegrationUser = Readonly<z.output<typeof userShape>>;

/**
 * The event by which the domain of an integration learns who uses it. To be appended in the transaction that changes the
 * object.
 */
export function integrationUseChanged(user: IntegrationUser): NewEvent<IntegrationUser> {
  const { kind, id, ownerId } = user;
  const stream = `integration-user:${kind}:${id}`;
  return { type: INTEGRATION_USE_CHANGED, version: 1, stream, ownerId: ownerId ?? '', payload: user };
}

/** The content of such an event. Throws when it is none. */
export const readIntegrationUser = (payload: unknown): IntegrationUser => userShape.parse(payload);
