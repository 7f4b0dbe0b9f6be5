import type { ExecutionResult } from 'graphql';
import { MULTIPART_TYPE, type AnswerForm } from './accepted-forms.ts';

/** How results are written one after the other into one answer. */
export interface StreamForm {
  readonly type: string;
  /** At once, so that the client and everything on the way knows that the stream has begun. */
  readonly start: string;
  readonly beat: string;
  result(result: ExecutionResult): string;
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
 * a beat, and errors beside a payload of null end the stream. A part is read when the boundary behind it has come.
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
