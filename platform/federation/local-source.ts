import type { ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import { createErrorFormatter } from '../graphql/index.ts';
import { withLogContext, type Logger } from '../logging/index.ts';
import type { Subgraph } from '../subgraph/index.ts';
import { bounded } from './answer-size.ts';
import { ExecutableSubgraph } from './executable-subgraph.ts';
import { mapStream } from './map-stream.ts';
import type { CallContext, GraphQLRequest, SubgraphSource } from './source.ts';

/**
 * A subgraph in this process. Behaves as a remote one does: errors are masked where they arise, and results belong to
 * the caller.
 */
export function createLocalSource(subgraph: Subgraph, logger: Logger): SubgraphSource {
  const executable = new ExecutableSubgraph(subgraph);
  const format = createErrorFormatter(logger.child({ subgraph: subgraph.name }));

  const mask = async (whole: ExecutionResult): Promise<ExecutionResult> => {
    const result = await bounded(whole);
    if (!result.errors) return result;
    const errors = result.errors.map((error) => {
      const { message, path, extensions } = format(error.toJSON(), error);
      return new GraphQLError(message, { path, extensions });
    });
    return { ...result, errors };
  };

  return {
    name: subgraph.name,
    execute: (request: GraphQLRequest, call: CallContext) =>
      withLogContext({ requestId: call.requestId }, async () => mask(await executable.execute(request, call))),
    subscribe: (request: GraphQLRequest, call: CallContext) =>
      withLogContext({ requestId: call.requestId }, async () => {
        const stream = await executable.subscribe(request, call);
        return Symbol.asyncIterator in stream ? mapStream(stream, mask) : mask(stream);
      }),
    close: () => Promise.resolve(),
  };
}
