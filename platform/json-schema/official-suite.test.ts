import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeSandbox } from '../sandbox/index.ts';
import { DIFFERENT, REFUSED, UNCHECKED_FORMATS } from './fixtures/deviations.ts';
import { checkSchema, validateEach } from './index.ts';
import { problemsOfValues } from './json-schema-language.mjs';

interface Group {
  readonly description: string;
  readonly schema: object | boolean;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

const suite = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/draft2020-12.json'), 'utf8')) as Record<
  string,
  Group[]
>;

afterAll(closeSandbox);

/** Of a kind that only the sandbox looks at, whatever is beside it. */
const heavy = { $dynamicAnchor: 'flowmesh-only-in-the-sandbox' };

const expected = (file: string, group: string, test: Group['tests'][number]): boolean => {
  if (UNCHECKED_FORMATS.some((format) => file === `optional/format/${format}`)) return true;
  return DIFFERENT[file]?.[group]?.includes(test.description) ? !test.valid : test.valid;
};

test.each(Object.keys(suite))('%s', async (file) => {
  for (const { description, schema: given, tests } of suite[file]!) {
    const schema = given === true ? {} : given === false ? { not: {} } : given;
    const problems = await checkSchema(schema);
    const refused = REFUSED[file]?.includes(description) ?? false;
    expect({ description, refused: problems.length > 0 }).toEqual({ description, refused });
    if (refused) continue;
    const wanted = tests.map((each) => [each.description, expected(file, description, each)]);
    const pairs = tests.map(({ data }) => ({ schema, value: data }));
    const text = JSON.stringify(schema);
    const here = problemsOfValues(
      pairs.map(({ value }) => ({ text, value })),
      1_000_000,
    )!;
    // One more that is too much for this thread takes all of them into the sandbox.
    const there = (await validateEach([...pairs, { schema: heavy, value: null }])).slice(0, -1);
    expect(tests.map((each, at) => [each.description, here[at]!.length === 0])).toEqual(wanted);
    expect(there).toEqual(here);
  }
});
