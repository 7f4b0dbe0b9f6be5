import { hasMisplaced } from './templates.ts';

test.each([
  ['{% input.name %}', false],
  [' {% "a" & "b" %} ', false],
  ['Total {% steps.sum.result %}', true],
  [{ deep: ['fine', '{% input.a %}!'] }, true],
  ['50 {% off', false],
  ['{% if vip %}Dear{% endif %} {{ name }}', false],
  ['{%- for x in list -%}{{ x }}{%- endfor -%}', false],
  [7, false],
])('%j has an expression that is not the whole of a text: %s', (value, expected) => {
  expect(hasMisplaced(value)).toBe(expected);
});
