import { once } from 'node:events';
import type { ExecutionResult } from 'graphql';
import { ResultStream } from './result-stream.ts';
import { until } from '@flowmesh/platform/testing';
import { STREAM_FORMS } from './stream-forms.ts';

interface Source extends AsyncIterator<ExecutionResult> {
  asked: number;
  returned: number;
  give(result: ExecutionResult | 'end' | Error): void;
}

/** Results come when they are given. */
function source(): Source {
  let waiting: { resolve: (next: IteratorResult<ExecutionResult>) => void; reject: (error: Error) => void } | undefined;
  return {
    asked: 0,
    returned: 0,
    next() {
      this.asked += 1;
      return new Promise((resolve, reject) => (waiting = { resolve, reject }));
    },
    return() {
      this.returned += 1;
      return Promise.resolve({ value: undefined, done: true as const });
    },
    give(result) {
      if (result instanceof Error) waiting?.reject(result);
      else if (result === 'end') waiting?.resolve({ value: undefined, done: true });
      else waiting?.resolve({ value: result, done: false });
    },
  };
}

const sse = STREAM_FORMS['event-stream'];

test('writes results, beats between them, and the end', async () => {
  const results = source();
  const stream = new ResultStream(results, sse, 20);
  stream.setEncoding('utf8');
  const written: string[] = [];
  stream.on('data', (text: string) => void written.push(text));
  await once(stream, 'data');
  results.give({ data: { a: '\n' } });
  await once(stream, 'data');
  await once(stream, 'data');
  results.give('end');
  await once(stream, 'end');
  expect(written.join('')).toMatch(
    /^:\n\n(:\n\n)*event: next\ndata: \{"data":\{"a":"\\n"\}\}\n\n(:\n\n)+event: complete\ndata:\n\n$/,
  );
  await until('the source has ended', () => results.returned === 1);
});

test('asks for nothing more while what was written is not taken, and gives up after some beats', async () => {
  const results = source();
  const stream = new ResultStream(results, sse, 10);
  stream.once('readable', () => undefined);
  await until('a result is asked for', () => results.asked === 1);
  results.give({ data: { large: 'x'.repeat(100_000) } });
  await once(stream, 'close');
  expect([results.asked, results.returned, stream.readableEnded]).toEqual([1, 1, false]);
});

test.each([
  ['before its first result was asked for', () => undefined],
  ['while the first is awaited', (stream: ResultStream) => stream.resume()],
])('ended %s, it ends its source', async (_name, begin) => {
  const results = source();
  const stream = new ResultStream(results, sse);
  begin(stream);
  stream.destroy();
  await once(stream, 'close');
  expect(results.returned).toBe(1);
  results.give({ data: {} });
});

test('a source that fails breaks it off', async () => {
  const results = source();
  const stream = new ResultStream(results, sse).resume();
  await until('a result is asked for', () => results.asked === 1);
  results.give(new Error('broken'));
  const [error] = (await once(stream, 'error')) as [Error];
  expect([error.message, results.returned]).toEqual(['broken', 1]);
});
