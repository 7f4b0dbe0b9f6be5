import type { GraphQLError } from 'graphql';
import type { CallContext } from '@flowmesh/platform/federation';
import type { Gone, OperationPipeline } from './operation-pipeline.ts';

/** An operation that the graph refused, or of which it tells nothing but errors; ready to be sent. */
export class RefusedOperation extends Error {
  override readonly name = 'RefusedOperation';

  constructor(
    readonly errors: readonly GraphQLError[],
    readonly status: number,
  ) {
    super(errors.map(({ message }) => message).join('\n'));
  }
}

/** An operation of the product itself, whose one field is called `result`: runs it as the caller, like one of the graph. */
export async function runOperation(
  pipeline: Pick<OperationPipeline, 'prepare'>,
  call: CallContext,
  query: string,
  variables: Record<string, unknown>,
  gone: Gone,
): Promise<unknown> {
  const prepared = await pipeline.prepare({ query, variables }, call);
  if (prepared.kind === 'refused') throw new RefusedOperation(prepared.errors, prepared.status);
  if (prepared.kind === 'subscription') throw new Error('This runs no subscriptions.');
  const { data, errors = [] } = await prepared.execute(gone);
  if (data?.['result'] == null && errors.length > 0) throw new RefusedOperation(errors, 200);
  return data?.['result'] ?? null;
}
