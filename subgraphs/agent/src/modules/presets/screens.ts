import { list, record, text, texts } from './json-schemas.ts';

/** What designers hand to developers and testers of interfaces. */
export const flows = list(
  record({
    name: text('What the person wants to reach, with the id of the story.'),
    steps: texts('What they do and what they see, alternating.'),
  }),
  'Ways from a need to a result.',
);

export const screens = list(
  record({
    name: text('Its name, used the same way everywhere.'),
    purpose: text('The one thing it is for.'),
    elements: texts('What is on it, in reading and focus order, with its kind.'),
    states: texts('Empty, loading, error and so on: what is shown, and what can be done.'),
  }),
  'Screens or views.',
);
