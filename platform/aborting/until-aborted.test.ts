import { untilAborted } from './index.ts';

const never = () => new Promise<never>(() => undefined);

test('the outcome of the work, or the reason of the signal, whichever comes first', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(untilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  const gone = new AbortController();
  const waiting = untilAborted(never(), gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(untilAborted(Promise.resolve(1), AbortSignal.abort('stopped'))).rejects.toThrow('The call was aborted.');
});
