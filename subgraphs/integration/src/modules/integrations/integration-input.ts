import { metadata, name, tags, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { IntegrationType } from '../../clients/clients.ts';
import { operationsShape } from './operation-input.ts';
import { policyShape } from './policy-input.ts';
import type { GivenSettings } from './settings-check.ts';

const common = {
  name: name({ min: 1, max: 255 }),
  description: text({ max: 10_000 }).nullish(),
  operations: operationsShape.nullish(),
  policy: policyShape.nullish(),
  tags: tags().nullish(),
  metadata: metadata().nullish(),
};

export const registerShape = z.object(common);
export const updateShape = z.object({
  ...common,
  name: common.name.nullish(),
  status: z.enum(['ACTIVE', 'INACTIVE']).nullish(),
});

export type RegisterIntegrationInput = z.input<typeof registerShape> &
  GivenSettings & { readonly type: IntegrationType };

/** What is left out stays as it is. */
export type UpdateIntegrationInput = z.input<typeof updateShape> &
  GivenSettings & { readonly id: string; readonly expectedVersion?: number | null };

export interface DeleteIntegrationInput {
  readonly id: string;
  /** Also when something uses it. */
  readonly force?: boolean | undefined;
}
