import type { ExecutionResult } from 'graphql';
import { SessionStream } from './session-stream.ts';

const LAST: ExecutionResult = { data: { last: true } };

function build() {
  const seen = { returned: 0, watched: 0 };
  let give: (next: IteratorResult<ExecutionResult>) => void = () => undefined;
  let end: (last: ExecutionResult) => void = () => undefined;
  const source: AsyncIterator<ExecutionResult> = {
    next: () => new Promise((resolve) => (give = resolve)),
    return: () => {
      seen.returned += 1;
      return Promise.resolve({ value: undefined, done: true });
    },
  };
  const stream = new SessionStream(source, (ended) => {
    seen.watched += 1;
    end = ended;
    return () => (seen.watched -= 1);
  });
  return { stream, seen, give: (next: IteratorResult<ExecutionResult>) => give(next), end: () => end(LAST) };
}

const done = { value: undefined, done: true };
const left = { returned: 1, watched: 0 };

test('left before it has begun, it leaves its source', async () => {
  const { stream, seen } = build();
  expect(await stream.return()).toEqual(done);
  expect([seen, await stream.next()]).toEqual([left, done]);
});

test('left while it waits, whoever waits is let go', async () => {
  const { stream, seen, give } = build();
  const next = stream.next();
  await stream.return();
  expect([await next, seen]).toEqual([done, left]);
  give({ value: { data: {} }, done: false });
  expect(await stream.next()).toEqual(done);
});

test.each([
  ['while it waits', true],
  ['between two results', false],
])('ended %s, it gives the last result and is done', async (_name, waits) => {
  const { stream, seen, end } = build();
  const waiting = waits ? stream.next() : undefined;
  end();
  end();
  expect(await (waiting ?? stream.next())).toEqual({ value: LAST, done: false });
  expect([await stream.next(), seen]).toEqual([done, left]);
});

test('ended and left before the last result was taken, it is done', async () => {
  const { stream, seen, end } = build();
  end();
  await stream.return();
  expect([await stream.next(), seen]).toEqual([done, left]);
});

test('ends with its source', async () => {
  const { stream, seen, give } = build();
  const [first, ...rest] = [stream.next()];
  give({ value: { data: { a: 1 } }, done: false });
  expect([await first, rest]).toEqual([{ value: { data: { a: 1 } }, done: false }, []]);
  const next = stream.next();
  give({ value: undefined, done: true });
  expect([await next, seen]).toEqual([done, left]);
});
