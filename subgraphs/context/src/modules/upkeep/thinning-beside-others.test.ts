import type { Viewer } from '@flowmesh/platform/access';
import fc from 'fast-check';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, change, created, layersOf, merge, removeLayer, resolved, restore } from '../../testing/operations.ts';
import { ThinningStore } from './thinning-store.ts';

const DAYS = 12;
const VERSIONS_A_DAY = 5;
const OLD = DAYS * VERSIONS_A_DAY;
const KEEP_ALL_DAYS = 30;

let contexts: ContextUnderTest;
let processes: ContextProcess[];

beforeAll(async () => {
  contexts = await prepareContexts();
  processes = await Promise.all([1, 2].map(() => contexts.process({ worker: false })));
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const me = userOf('author');
const service: Viewer = { kind: 'service', service: 'agent', userId: 'author', scopes: ['context:read'] };
const dayOf = (version: number) => Math.floor((version - 1) / VERSIONS_A_DAY);

/** A context with a long history, and what it held at each version of it. */
async function withHistory(): Promise<{ readonly id: string; readonly values: Map<number, object> }> {
  const [one] = processes as [ContextProcess];
  const id = await created(one, me, [{ a: 1 }]);
  const values = new Map<number, object>();
  for (let version = 1; version <= OLD; version += 1) {
    if (version > 1) {
      const [first, second] = await layersOf(one, me, id);
      if (version % 3 !== 0) await change(one, me, { id: first!.id, data: { a: version } });
      else if (second) await removeLayer(one, me, { id: second.id });
      else await add(one, me, { contextId: id, layerType: 'b', data: { b: version } });
    }
    values.set(version, (await resolved(one, me, id, version))!.value);
  }
  await contexts.pool.query(
    `update context_versions set created_at = date_trunc('day', now(), 'UTC')
       - interval '1 day' * (100 - (version - 1) / $2::int) + interval '1 hour' * (version % $2::int) where context_id = $1`,
    [id, VERSIONS_A_DAY],
  );
  return { id, values };
}

type Act = { readonly what: 'write' | 'read' | 'pin' | 'restore'; readonly version: number };
const act: fc.Arbitrary<Act> = fc.record({
  what: fc.constantFrom('write', 'read', 'read', 'pin', 'restore'),
  version: fc.integer({ min: 1, max: OLD }),
});

const THINNED = 'is a version that was thinned out';

test('beside readers, writers and who restores: each sees or does all of it or nothing, and what is kept is as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 60, maxLength: 60 }), async (acts) => {
      const { id, values } = await withHistory();
      const pinned = new Set<number>();
      /** What has become of the context, by the versions that the answers told. */
      const done = new Map<number, (before: object) => object>();
      const told = { thinned: 0, read: 0 };
      const perform = async ({ what, version }: Act, n: number) => {
        const process = processes[n % processes.length]!;
        if (what === 'write') {
          const key = `k${n}`;
          const mergePatch = { [key]: n };
          const { version: made } = await merge(process, me, { contextId: id, layerType: 'notes', mergePatch });
          done.set(made!, (before) => ({ ...before, [key]: n }));
        } else if (what === 'restore') {
          const { context, fields } = await restore(process, me, { id, version });
          if (context) done.set(context.version, () => values.get(version)!);
          else expect(fields).toEqual([{ path: 'version', message: expect.stringContaining(THINNED) }]);
        } else {
          const viewer = what === 'pin' ? service : me;
          const query = `query ($id: ID!, $version: Int) { context(id: $id) { resolved(version: $version) { value } } }`;
          const { data, errors } = await process.execute(viewer, query, { id, version });
          if (errors) {
            expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining(THINNED)]);
            told.thinned += 1;
          } else {
            expect(data).toEqual({ context: { resolved: { value: values.get(version) } } });
            if (what === 'pin') pinned.add(version);
            told.read += 1;
          }
        }
      };
      let working = true;
      const thinner = async () => {
        // Few at a time, so that all of the others fall between its transactions.
        const thinning = new ThinningStore(contexts.pool, KEEP_ALL_DAYS, 3);
        while (working || (await thinning.contexts(me, 1_000)).includes(id)) await thinning.thin(id);
      };
      const thinners = [thinner(), thinner()];
      const lines = Array.from({ length: 4 }, async (_, line) => {
        for (const [n, each] of acts.entries()) if (n % 4 === line) await perform(each, n);
      });
      await Promise.all(lines).finally(() => (working = false));
      await Promise.all(thinners);

      expect(told.read + told.thinned).toBe(acts.filter(({ what }) => what === 'read' || what === 'pin').length);
      const last = OLD + done.size;
      for (let version = OLD + 1; version <= last; version += 1) {
        values.set(version, done.get(version)!(values.get(version - 1)!));
      }
      const isKept = (version: number) =>
        version === 1 || version > OLD || dayOf(version) !== dayOf(version + 1) || pinned.has(version);
      const expected = [...values.keys()].filter(isKept);
      const { rows } = await contexts.pool.query<{ version: number }>(
        'select version from context_versions where context_id = $1 order by version',
        [id],
      );
      expect(rows.map(({ version }) => version)).toEqual(expected);
      const kept = await Promise.all(expected.map((version) => resolved(processes[0]!, me, id, version)));
      expect(kept.map((each) => each?.value)).toEqual(expected.map((version) => values.get(version)));
      expect((await resolved(processes[0]!, me, id))?.value).toEqual(values.get(last));
      const { rows: unused } = await contexts.pool.query(
        `select l.layer_id, l.version from context_layer_versions l where l.context_id = $1 and not exists (
           select 1 from context_versions k where k.context_id = $1 and k.version >= l.version and k.version < coalesce(
             (select min(n.version) from context_layer_versions n where n.layer_id = l.layer_id and n.version > l.version), 2147483647))`,
        [id],
      );
      expect(unused).toEqual([]);
    }),
    { numRuns: 2, endOnFailure: true },
  );
}, 120_000);
