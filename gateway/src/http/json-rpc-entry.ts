import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission, Leave } from '@flowmesh/platform/admission';
import { unauthenticated } from '@flowmesh/platform/errors';
import type { CallContext } from '@flowmesh/platform/federation';
import type { GatewayLimits } from '../gateway-config.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import type { CallOf } from './caller.ts';
import type { AllowedOrigins } from './cross-site.ts';
import { assertJsonRpcPost, readJsonRpcMessage, refuseJsonRpc } from './json-rpc.ts';
import { leaving } from './leaving.ts';

export interface JsonRpcEntry {
  readonly pipeline: OperationPipeline;
  readonly admission: Admission;
  readonly callOf: CallOf;
  readonly origins: AllowedOrigins;
  readonly limits: GatewayLimits;
}

/** The only callers, and the only messages, that reach an endpoint of JSON-RPC: who has signed in, one message by POST, within the limits. */
export async function enterJsonRpc(
  { pipeline, admission, callOf, origins, limits }: JsonRpcEntry,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: (call: CallContext, message: unknown) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  void reply.header('cache-control', 'no-store');
  let leave: Leave | undefined;
  try {
    assertJsonRpcPost(request, reply, origins);
    leave = await admission.enter(() => leaving(reply));
    const call = await callOf(request);
    if (call.viewer.kind === 'anonymous') throw unauthenticated();
    return await answer(call, readJsonRpcMessage(request, call.viewer, limits));
  } catch (error) {
    return await refuseJsonRpc(pipeline, reply, [error]);
  } finally {
    leave?.();
  }
}
