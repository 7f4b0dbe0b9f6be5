import type { ExecutionResult } from 'graphql';
import { toJsonBuffer } from '@flowmesh/platform/json';
import { MULTIPART_TYPE, type AnswerForm } from './accepted-forms.ts';

/** The format of several results in one response. */
export interface StreamForm<Result = ExecutionResult> {
  readonly type: string;
  /** Sent at once, so that the client and proxies know that the stream has begun. */
  readonly start: string;
  readonly beat: string;
  /** Much is written in slices. */
  result(result: Result): string | Promise<Buffer>;
  readonly end: string;
}

/** GraphQL over server-sent events, distinct connections mode (the protocol of graphql-sse). */
const eventStream: StreamForm = {
  type: 'text/event-stream; charset=utf-8',
  start: ':\n\n',
  beat: ':\n\n',
  result: async (result) =>
    Buffer.concat([Buffer.from('event: next\ndata: '), await toJsonBuffer(result), Buffer.from('\n\n')]),
  end: 'event: complete\ndata:\n\n',
};

const PART = '\r\ncontent-type: application/json\r\n\r\n';
const PART_END = '\r\n--graphql';
const EMPTY_PART = `${PART}{}${PART_END}`;

/**
 * Apollo's protocol for subscriptions over multipart HTTP: each result is the payload of a part, a part without one is
 * a heartbeat, and errors beside a payload of null end the stream. Clients handle a part when the boundary after it has
 * arrived.
 */
const multipart: StreamForm = {
  type: MULTIPART_TYPE,
  start: `--graphql${EMPTY_PART}`,
  beat: EMPTY_PART,
  result: async (result) => {
    const body = 'data' in result ? { payload: result } : { payload: null, errors: result.errors };
    return Buffer.concat([Buffer.from(PART), await toJsonBuffer(body), Buffer.from(PART_END)]);
  },
  end: '--\r\n',
};

export const STREAM_FORMS: Readonly<Record<Exclude<AnswerForm, 'json'>, StreamForm>> = {
  'event-stream': eventStream,
  multipart,
};
