import type { ExecutionResult } from 'graphql';
import type { Viewer } from '../access/index.ts';
import type { EventBus } from '../events/index.ts';
import { createLocalSource, type CallContext, type SubgraphSource } from '../federation/index.ts';
import { newId } from '../ids/index.ts';
import type { Lifecycle } from '../lifecycle/index.ts';
import type { Subgraph } from '../subgraph/index.ts';
import { silent } from './silent.ts';

/** One process of a subgraph, asked through the executor of local subgraphs. */
export class SubgraphProcess<Built extends Subgraph = Subgraph> {
  readonly source: SubgraphSource;

  constructor(
    readonly subgraph: Built,
    readonly bus: EventBus,
    private readonly lifecycle: Lifecycle,
  ) {
    this.source = createLocalSource(subgraph, silent);
  }

  /** Everything an operation answers, with its errors. */
  execute(
    viewer: Viewer,
    query: string,
    variables: object = {},
    more: Partial<CallContext> = {},
  ): Promise<ExecutionResult> {
    return this.source.execute({ query, variables: { ...variables } }, { viewer, requestId: newId(), ...more });
  }

  /** The data of an operation; throws when it has errors. */
  async ask<T = Record<string, unknown>>(
    viewer: Viewer,
    query: string,
    variables: object = {},
    more: Partial<CallContext> = {},
  ): Promise<T> {
    const { data, errors } = await this.execute(viewer, query, variables, more);
    if (errors) throw new Error(JSON.stringify(errors));
    return data as T;
  }

  /** What a mutation of one argument, `input: <Name>Input!`, gives: the selection, and `code` and `message` of what refuses it. */
  async mutate<T>(viewer: Viewer, name: string, input: object, selection: string): Promise<T> {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation Test($input: ${type}!) {
      result: ${name}(input: $input) { __typename ${selection} ... on MutationError { code message } }
    }`;
    return (await this.ask<{ result: T }>(viewer, query, { input })).result;
  }

  /** The data of each message of a subscription; throws at one with errors. */
  async *messages<T>(viewer: Viewer, query: string, variables: object = {}): AsyncGenerator<T> {
    const call = { viewer, requestId: newId() };
    const stream = await this.source.subscribe({ query, variables: { ...variables } }, call);
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream.errors));
    for await (const { data, errors } of stream) {
      if (errors) throw new Error(JSON.stringify(errors));
      yield data as T;
    }
  }

  async stop(): Promise<void> {
    await this.source.close();
    await this.lifecycle.stop();
  }
}
