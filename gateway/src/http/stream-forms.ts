import type { ExecutionResult } from 'graphql';
import { MULTIPART_TYPE, type AnswerForm } from './accepted-forms.ts';

/** The format of several results in one response. */
export interface StreamForm<Result = ExecutionResult> {
  readonly type: string;
  /** Sent at once, so that the client and proxies know that the stream has begun. */
  readonly start: string;
  readonly beat: string;
  result(result: Result): string;
  readonly end: string;
}

/** GraphQL over server-sent events, distinct connections mode (the protocol of graphql-sse). */
const eventStream: StreamForm = {
  type: 'text/event-stream; charset=utf-8',
  start: ':\n\n',
  beat: ':\n\n',
  result: (result) => `event: next\ndata: ${JSON.stringify(result)}\n\n`,
  end: 'event: complete\ndata:\n\n',
};

const part = (body: unknown) => `\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(body)}\r\n--graphql`;

/**
 * Apollo's protocol for subscriptions over multipart HTTP: each result is the payload of a part, a part without one is
 * a heartbeat, and errors beside a payload of null end the stream. Clients handle a part when the boundary after it has
 * arrived.
 */
const multipart: StreamForm = {
  type: MULTIPART_TYPE,
  start: `--graphql${part({})}`,
  beat: part({}),
  result: (result) => part('data' in result ? { payload: result } : { payload: null, errors: result.errors }),
  end: '--\r\n',
};

export const STREAM_FORMS: Readonly<Record<Exclude<AnswerForm, 'json'>, StreamForm>> = {
  'event-stream': eventStream,
  multipart,
};
