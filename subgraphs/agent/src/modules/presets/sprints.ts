import { list, record, text, texts, whole } from './json-schemas.ts';

/** What is known of a sprint. */
export const facts = list(
  record({
    measure: text('What was measured.'),
    value: text('The value with its unit, and the one before where it is known.'),
    meaning: text('What it says about the work.'),
  }),
  'What the figures say.',
);

/** What many voices have in common. */
export const themes = list(
  record({
    theme: text('In a few words.'),
    mentions: whole('How many voices speak of it.'),
    quotes: texts('Words of the material, at most three.'),
    meaning: text('What lies behind it, as far as the material shows.'),
  }),
  'What comes up, the most frequent first.',
);
