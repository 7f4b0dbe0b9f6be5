import fc from 'fast-check';
import { FairQueue } from './fair-queue.ts';

const item = (owner: string, urgent = false) => ({ owner, urgent });
const always = () => true;

test('takes from owners in turns, of each what is urgent first', () => {
  const queue = new FairQueue<{ owner: string; urgent: boolean; n: number }>();
  const add = (owner: string, urgent: boolean, n: number) => queue.add({ owner, urgent, n });
  add('a', false, 1);
  add('a', false, 2);
  add('a', true, 3);
  add('b', false, 4);
  add('a', true, 5);
  add('c', false, 6);
  expect(queue.sizeOf('a')).toBe(4);
  expect(Array.from({ length: 7 }, () => queue.take(always)?.n)).toEqual([3, 4, 6, 5, 1, 2, undefined]);
  expect(queue.size).toBe(0);
});

test('passes over owners who may not, and forgets what is removed', () => {
  const queue = new FairQueue();
  const [first, second, other] = [item('a'), item('a'), item('b')];
  for (const each of [first, second, other]) queue.add(each);
  expect(queue.take(({ owner }) => owner !== 'a')).toBe(other);
  queue.remove(first);
  queue.remove(first);
  expect(queue.take(always)).toBe(second);
  expect(queue.size).toBe(0);
});

test('no owner is served twice while another waits', () => {
  const owners = fc.array(fc.record({ owner: fc.constantFrom('a', 'b', 'c', 'd'), urgent: fc.boolean() }));
  fc.assert(
    fc.property(owners, (items) => {
      const queue = new FairQueue();
      for (const each of items) queue.add({ ...each });
      let round = new Set<string>();
      for (let next = queue.take(always); next; next = queue.take(always)) {
        if (round.has(next.owner)) round = new Set();
        round.add(next.owner);
        // Whoever still waits and was not served in this round comes before anybody is served again.
        expect(queue.first(({ owner }) => !round.has(owner))?.owner ?? queue.first(always)?.owner).toBe(
          queue.first(always)?.owner,
        );
      }
      expect(queue.size).toBe(0);
    }),
  );
});
