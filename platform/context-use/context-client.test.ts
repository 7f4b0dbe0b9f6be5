import { GraphQLError, type ExecutionResult } from 'graphql';
import type { CallContext, SubgraphSource } from '../federation/index.ts';
import { createServices, ServiceAwayError } from '../services/index.ts';
import { ContextClient } from './index.ts';

class Failure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The client of a context service that answers this. */
function asking(data: object | null, code?: string) {
  const calls: CallContext[] = [];
  const source: SubgraphSource = {
    name: 'context',
    execute: async (_request, context): Promise<ExecutionResult> => {
      calls.push(context);
      const errors = code === undefined ? undefined : [new GraphQLError('the message', { extensions: { code } })];
      return { data, ...(errors && { errors }) } as ExecutionResult;
    },
    subscribe: () => Promise.reject(new Error('not here')),
    close: async () => undefined,
  };
  const services = createServices(new Map([['context', source]]));
  const failure = (what: string, message: string) => new Failure(what, message);
  return { calls, client: new ContextClient({ services, service: 'test', failure }) };
}

const user = { userId: 'u', scopes: ['context:read'], roleIds: ['r'], workflowId: 'w', agentId: null, requestId: 'q' };
const merge = { contextId: 'c', layerType: 'l', mergePatch: {}, idempotencyKey: 'k', reason: '' };

test('it works for the user, with their rights, and for what it names', async () => {
  const { client, calls } = asking({ context: { resolved: { version: 3, value: { n: 1 } } } });
  expect(await client.read(user, 'c', 3)).toEqual({ version: 3, value: { n: 1 } });
  const { viewer, requestId } = calls[0]!;
  expect([viewer, requestId]).toEqual([
    { kind: 'service', service: 'test', userId: 'u', scopes: ['context:read'], roleIds: ['r'], workflowId: 'w' },
    'q',
  ]);
});

test.each([
  ['one that is there', { context: { version: 1, status: 'ACTIVE', access: 'READ' } }, undefined, 1],
  ['one in the bin', { context: { version: 1, status: 'DELETED', access: 'OWN' } }, undefined, undefined],
  ['none', { context: null }, undefined, undefined],
  ['none without the right to read any', null, 'FORBIDDEN', undefined],
])('finds %s', async (_what, data, code, version) => {
  expect((await asking(data, code).client.find(user, 'c'))?.version).toBe(version);
});

test('what will not be done is the failure of the work; what may have been done is not known', async () => {
  const told = async (data: object | null, code?: string) => {
    const { client } = asking(data, code);
    return client.merge(user, merge).catch((error: unknown) => error);
  };
  const fields = [{ path: 'mergePatch.a', message: 'is too long' }];
  expect(await told({ mergeContextLayer: { message: 'No.', fields } })).toEqual(
    new Failure('CONTEXT_REFUSED', 'The context refused it: mergePatch.a: is too long'),
  );
  const findings = [{ path: 'mergePatch.k', kind: 'SECRET_FIELD' }];
  expect(await told({ mergeContextLayer: { message: 'No.', findings } })).toEqual(
    new Failure('CONTEXT_REFUSED', 'The context refused it: mergePatch.k: SECRET_FIELD'),
  );
  expect(await told(null, 'FORBIDDEN')).toEqual(new Failure('FORBIDDEN', 'the message'));
  expect(await told(null, 'UNAVAILABLE')).toBeInstanceOf(ServiceAwayError);
  await expect(asking({ context: null }).client.read(user, 'c', null)).rejects.toMatchObject({
    code: 'CONTEXT_NOT_FOUND',
  });
  const nowhere = new ContextClient({
    services: createServices(new Map()),
    service: 'test',
    failure: () => new Error(),
  });
  await expect(nowhere.find(user, 'c')).rejects.toBeInstanceOf(ServiceAwayError);
});
