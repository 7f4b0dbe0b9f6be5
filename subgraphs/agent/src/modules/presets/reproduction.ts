import { choice, record, text, texts } from './json-schemas.ts';

/** How to see a fault. */
export const reproduction = record({
  reproducible: choice(['YES', 'NO', 'UNKNOWN'], 'Whether following the steps shows the fault.'),
  steps: texts('The shortest way to it, one action each.'),
  expected: text('What should be seen.'),
  actual: text('What is seen.'),
});
