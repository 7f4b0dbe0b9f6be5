import fc from 'fast-check';
import { step } from './engine-harness.ts';

/** Steps that depend on earlier ones only, some behind a condition that is always false. */
export const graphs = fc
  .array(fc.record({ before: fc.array(fc.nat(), { maxLength: 3 }), never: fc.integer({ min: 0, max: 5 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((nodes) =>
    nodes.map(({ before, never }, index) =>
      step(`s${index}`, {
        dependencies: index === 0 ? [] : [...new Set(before.map((n) => `s${n % index}`))],
        condition: never === 0 ? 'false' : null,
      }),
    ),
  );
