import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import { toSteps } from '../workflows/validation/to-steps.ts';
import type { DefinitionValues } from '../workflows/workflow-record.ts';
import { diffVersions, fieldsOf, type VersionDiff } from './version-diff.ts';

/** Workflows are refused that have a key `__proto__`, and the library of this test does not set one. */
/** As it is read from the database, where -0 is 0. */
const json = fc
  .jsonValue()
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'))
  .map((value) => JSON.parse(JSON.stringify(value)) as typeof value);
const object = fc.dictionary(
  fc.string().filter((key) => key !== '__proto__'),
  json,
  { maxKeys: 4 },
);
const step = fc.record({
  stepType: fc.constantFrom('TRANSFORM' as const, 'AGENT' as const),
  config: object,
  retryCount: fc.nat(10),
  dependencies: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
});
const version: fc.Arbitrary<DefinitionValues> = fc
  .record({
    steps: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), step),
    config: object,
  })
  .map(({ steps, config }) => ({
    ...{ type: 'PARALLEL', inputSchema: null, contextMode: 'GIVEN', config },
    steps: toSteps(
      Object.entries(steps).map(([id, values]) => ({ id, ...values })),
      'PARALLEL',
    ),
  }));

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

/** The later version, made of the earlier one and the difference. */
function applied(before: DefinitionValues, difference: VersionDiff) {
  const steps = new Map(before.steps.map((step) => [step.id, plain(fieldsOf(step))]));
  const patched = (value: unknown, patch: readonly object[]) => {
    const operations = patch.map((each) => ({ ...each, op: (each as { op: string }).op.toLowerCase() }) as Operation);
    expect(applyPatch(value, operations)).toEqual(operations.map(() => null));
    return value;
  };
  for (const { stepId, change, after, patch } of difference.steps) {
    if (change === 'CHANGED') patched(steps.get(stepId), patch);
    else if (after) steps.set(stepId, plain(fieldsOf(after)));
    else steps.delete(stepId);
  }
  const { type, inputSchema, config, contextMode } = before;
  const settings = patched(plain({ type, inputSchema, config, contextMode }), difference.settings) as object;
  return { ...settings, steps: Object.fromEntries(steps) };
}

test('the difference makes the later version out of the earlier one', async () => {
  await fc.assert(
    fc.asyncProperty(version, version, async (before, after) => {
      const steps = Object.fromEntries(after.steps.map((step) => [step.id, fieldsOf(step)]));
      const difference = await diffVersions({ version: 1, definition: before }, { version: 2, definition: after });
      expect(applied(before, difference)).toEqual(plain({ ...after, steps }));
    }),
  );
});

test('more than 100 differences of a step replace its fields as a whole', async () => {
  const of = (value: number): DefinitionValues => {
    const config = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`k${at}`, value]));
    const steps = toSteps([{ id: 'a', stepType: 'TRANSFORM', config }], 'PARALLEL');
    return { type: 'PARALLEL', inputSchema: null, contextMode: 'GIVEN', config: {}, steps };
  };
  const { steps } = await diffVersions({ version: 1, definition: of(1) }, { version: 2, definition: of(2) });
  expect(steps.map(({ patch }) => patch)).toEqual([
    [{ op: 'REPLACE', path: '/config', value: of(2).steps[0]?.config }],
  ]);
});
