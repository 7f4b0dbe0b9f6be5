import { isDeepStrictEqual } from 'node:util';
import type { CheckedUpdate } from './context-input.ts';
import type { ContextRecord } from './context-record.ts';

const sameTime = (a: Date | null, b: Date | null): boolean => a?.getTime() === b?.getTime();

/** Whether the context is already what an update would make of it. */
export function changesNothing(context: ContextRecord, given: CheckedUpdate): boolean {
  const { description, metadata, tags, expiresAt, status } = given;
  // A status that is given also takes away an expiry that has passed.
  const endsExpiry = status != null && context.expiresAt !== null && context.expiresAt.getTime() <= Date.now();
  return (
    !endsExpiry &&
    (['name', 'type', 'status', 'language', 'secretPolicy'] as const).every(
      (field) => given[field] == null || given[field] === context[field],
    ) &&
    (description === undefined || description === context.description) &&
    (metadata === undefined || isDeepStrictEqual(JSON.parse(JSON.stringify(metadata ?? {})), context.metadata)) &&
    (tags === undefined || isDeepStrictEqual(tags ?? [], context.tags)) &&
    (expiresAt === undefined || sameTime(expiresAt, context.expiresAt))
  );
}
