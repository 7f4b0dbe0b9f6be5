import type { OperationTypeNode } from 'graphql';
import Negotiator from 'negotiator';
import { HttpRefusal } from '../operations/refusal.ts';

/** How an operation is answered over HTTP: at once as JSON, or as a stream of results. */
export type AnswerForm = 'json' | 'event-stream' | 'multipart';

/** What the `Accept` header of one request allows (RFC 9110, 12.5.1). */
export interface AcceptedForms {
  /** Media type of JSON responses, and of refusals, which are always JSON. */
  readonly jsonType: string;
  /** The accepted stream type if JSON is not accepted; null otherwise. */
  readonly onlyStream: AnswerForm | null;
  /** The form for an operation of this kind. Throws 406 with the types that would be accepted. */
  formFor(kind: OperationTypeNode): AnswerForm;
}

/** In order of preference: clients without a preference get the established type. */
const JSON_TYPES = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'];
const EVENT_STREAM = 'text/event-stream';
/** Apollo's protocol for subscriptions over multipart HTTP. */
export const MULTIPART_TYPE = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0';
const STREAM_TYPES = [EVENT_STREAM, MULTIPART_TYPE];

const NO_JSON =
  'Queries and mutations are answered as application/graphql-response+json or application/json, or as text/event-stream or multipart/mixed: accept one of them.';
const NO_STREAM =
  'Subscriptions are answered as text/event-stream or as multipart/mixed;subscriptionSpec=1.0: accept one of them by name, or use a WebSocket.';

/**
 * Queries and mutations are streams only for clients that accept nothing else. A stream type must be named: a client
 * that sends only a wildcard may not know streams, and would wait for the end of one.
 */
export function acceptedForms(accept: string | undefined): AcceptedForms {
  const negotiator = new Negotiator({ headers: { accept: accept?.trim() || '*/*' } });
  const json = negotiator.mediaTypes(JSON_TYPES)[0];
  const named = new Set(negotiator.mediaTypes().map((type) => type.toLowerCase()));
  const [stream] = negotiator.mediaTypes(STREAM_TYPES).filter((type) => named.has(type.split(';', 1)[0] ?? ''));
  const streamForm = stream === undefined ? null : stream === EVENT_STREAM ? 'event-stream' : 'multipart';
  return {
    jsonType: json ?? (JSON_TYPES[0] as string),
    onlyStream: json === undefined ? streamForm : null,
    formFor(kind) {
      if (kind !== 'subscription' && json !== undefined) return 'json';
      if (streamForm) return streamForm;
      throw new HttpRefusal(kind === 'subscription' ? NO_STREAM : NO_JSON, 406);
    },
  };
}
