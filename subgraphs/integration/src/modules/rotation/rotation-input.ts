import { z } from 'zod';

const MAX_GRACE = 7 * 86_400;
const grace = `must be 0 to ${MAX_GRACE.toLocaleString('en')}`;

export const rotateShape = z.object({ graceSeconds: z.int(grace).min(0, grace).max(MAX_GRACE, grace).nullish() });

export interface RotateCredentialsInput extends z.input<typeof rotateShape> {
  readonly id: string;
  readonly credentials: Readonly<Record<string, unknown>>;
  readonly skipTest?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly expectedVersion?: number | null | undefined;
}

export interface RevertCredentialsInput {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
}
