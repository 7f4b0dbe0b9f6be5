import { formatSSEErrorEvent, formatSSEEvent } from '@a2a-js/sdk';
import { isV1JsonRpcMethod } from '@a2a-js/sdk/compat/v0_3';
import { LegacyJsonRpcTransportHandler, LegacyRestTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import { RequestMalformedError, toJsonRpcError } from '@a2a-js/sdk/errors';
import { AgentCard } from '@a2a-js/sdk';
import { ErrorCode } from '@flowmesh/platform/errors';
import {
  JsonRpcTransportHandler,
  ServerCallContext,
  validateVersion,
  type A2ARequestHandler,
} from '@a2a-js/sdk/server';
import type { StreamForm } from '../http/stream-forms.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { RefusedOperation } from '../operations/run-operation.ts';
import { productCard } from './a2a-cards.ts';
import { A2aHandler, type A2aHandlerParts } from './a2a-handler.ts';
import { Seen, seenHandler } from './a2a-seen.ts';

const LEGACY = '0.3';
const INVALID_PARAMS = -32_602;
const INTERNAL = -32_603;
const REFUSED = -32_000;

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface Envelope {
  readonly jsonrpc: '2.0';
  readonly id: string | number | null;
  readonly result?: unknown;
  readonly error?: RpcError;
}

export type A2aAnswer =
  | { readonly kind: 'json'; readonly envelope: Envelope }
  | { readonly kind: 'refused'; readonly id: Envelope['id']; readonly errors: readonly unknown[] }
  | { readonly kind: 'stream'; readonly events: AsyncIterator<Envelope> };

export interface A2aRequest extends A2aHandlerParts {
  readonly pipeline: Pick<OperationPipeline, 'refuse'>;
  readonly message: unknown;
  /** Of the header `a2a-version`. */
  readonly version: string | undefined;
}

/** Server-sent events as the SDK writes them, with the heartbeats of our streams. */
export const A2A_STREAM: StreamForm<Envelope> = {
  type: 'text/event-stream; charset=utf-8',
  start: ':\n\n',
  beat: ':\n\n',
  result: (envelope) => (envelope.error ? formatSSEErrorEvent(envelope) : formatSSEEvent(envelope)),
  end: '',
};

const memberOf = (message: unknown, name: string): unknown =>
  typeof message === 'object' && message !== null ? (message as Record<string, unknown>)[name] : undefined;

function idOf(message: unknown): Envelope['id'] {
  const id = memberOf(message, 'id');
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/** Requests without the header are of 0.3, unless their method is one of 1.0. */
function versionOf({ version, message }: A2aRequest): string {
  if (version) return version;
  const method = memberOf(message, 'method');
  return typeof method === 'string' && isV1JsonRpcMethod(method) ? '1.0' : LEGACY;
}

/** Refusals of the graph that say that a value of the request is wrong. */
const OF_INPUT: ReadonlySet<unknown> = new Set([ErrorCode.badInput, ErrorCode.validationFailed, ErrorCode.tooLarge]);

/** Null when what the graph has refused is no fault of the parameters. */
function paramsErrorOf(error: unknown, { pipeline }: A2aRequest): RpcError | null {
  if (!(error instanceof RefusedOperation)) return null;
  const [told] = pipeline.refuse(error.errors).errors;
  const code = told?.extensions.code;
  return told && OF_INPUT.has(code) ? { code: INVALID_PARAMS, message: told.message, data: { code } } : null;
}

/** The SDK takes everything that it does not know for an internal error, and shows it. */
function errorOf(error: RpcError, seen: Seen, request: A2aRequest): RpcError {
  if (error.code !== INTERNAL) return error;
  if (!seen.entered) {
    const method = String(memberOf(request.message, 'method')).slice(0, 100);
    return { code: INVALID_PARAMS, message: `The parameters are not those of ${method}.` };
  }
  const ofParams = paramsErrorOf(seen.error, request);
  if (ofParams) return ofParams;
  const isRefused = seen.error instanceof RefusedOperation;
  const [told] = request.pipeline.refuse(
    seen.error instanceof RefusedOperation ? seen.error.errors : [seen.error],
  ).errors;
  const data = { code: told?.extensions.code };
  return { code: isRefused ? REFUSED : INTERNAL, message: told?.message ?? 'Refused.', data };
}

/** Answers one request of A2A; never throws. */
export async function answerA2a(request: A2aRequest): Promise<A2aAnswer> {
  const id = idOf(request.message);
  const seen = new Seen();
  const handler: A2ARequestHandler = seenHandler(new A2aHandler(request), seen);
  const requestedVersion = versionOf(request);
  const isLegacy = requestedVersion === LEGACY;
  const refused = (error: RpcError): A2aAnswer =>
    seen.error instanceof RefusedOperation && !paramsErrorOf(seen.error, request)
      ? { kind: 'refused', id, errors: seen.error.errors }
      : { kind: 'json', envelope: { jsonrpc: '2.0', id, error: errorOf(error, seen, request) } };
  try {
    validateVersion(requestedVersion, await handler.getAgentCard(), 'JSONRPC');
    const transport = isLegacy ? new LegacyJsonRpcTransportHandler(handler) : new JsonRpcTransportHandler(handler);
    const answer: unknown = await transport.handle(
      request.message as Record<string, unknown>,
      new ServerCallContext({ requestedVersion }),
    );
    if (!isStream(answer)) {
      const envelope = answer as Envelope;
      return envelope.error ? refused(envelope.error) : { kind: 'json', envelope };
    }
    const first = await answer.next();
    return {
      kind: 'stream',
      events: following(first, answer, (error) => errorOf(toError(error, isLegacy), seen, request), id),
    };
  } catch (error) {
    return refused(toError(error, isLegacy));
  }
}

const isStream = (value: unknown): value is AsyncGenerator<Envelope> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

const toError = (error: unknown, isLegacy: boolean): RpcError =>
  isLegacy ? LegacyJsonRpcTransportHandler.mapToLegacyJSONRPCError(error) : toJsonRpcError(error);

/** The first event and those after it; an error is the last one. Not a generator, which could not be ended while it waits. */
function following(
  first: IteratorResult<Envelope>,
  rest: AsyncGenerator<Envelope>,
  toRpcError: (error: unknown) => RpcError,
  id: Envelope['id'],
): AsyncIterator<Envelope> {
  let next: Promise<IteratorResult<Envelope>> | null = Promise.resolve(first);
  return {
    next: () => {
      const now = next ?? rest.next();
      next = null;
      return now.catch((error: unknown) => ({
        done: false,
        value: { jsonrpc: '2.0', id, error: toRpcError(error) },
      }));
    },
    return: () => {
      // Takes effect when what it waits for has come: the subscription ends with the connection, see `A2aGraph.close`.
      void rest.return(undefined).catch(() => undefined);
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

/** JSON of the card, in the form of the version that is asked for. */
async function cardJson(card: AgentCard, version: string | undefined): Promise<unknown> {
  if (version !== undefined && version !== LEGACY) return AgentCard.toJSON(card);
  const only = { getAuthenticatedExtendedAgentCard: () => Promise.resolve(card) } as unknown as A2ARequestHandler;
  return new LegacyRestTransportHandler(only).getAuthenticatedExtendedAgentCard(new ServerCallContext());
}

/** The card that everybody sees. */
export const publicCardOf = (publicUrl: string, version: string | undefined): Promise<unknown> =>
  cardJson(AgentCard.fromJSON(productCard(publicUrl, [], [])), version);

/** The card of an agent as the caller sees it; null when they do not. */
export async function extendedCardOf(parts: A2aHandlerParts, version: string | undefined): Promise<unknown> {
  try {
    return await cardJson(await new A2aHandler(parts).getAuthenticatedExtendedAgentCard(), version);
  } catch (error) {
    if (error instanceof RequestMalformedError) return null;
    if (error instanceof RefusedOperation) throw error.errors[0] ?? error;
    throw error;
  }
}
