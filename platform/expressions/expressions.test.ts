import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { checkCel, checkJsonata, evaluateCel, evaluateJsonata, ExpressionError } from './index.ts';
import { closeSandbox } from '../sandbox/index.ts';
import { BUILT_IN } from './jsonata-variables.mjs';

afterAll(closeSandbox);

const codeOf = (work: Promise<unknown>) =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => (error instanceof ExpressionError ? error.code : error),
  );

test('a time without a zone is one of UTC, wherever this runs', async () => {
  expect(await evaluateJsonata('$toMillis("2026-01-31T12:00:00")', {})).toBe(Date.UTC(2026, 0, 31, 12));
  const same = 'timestamp("2026-01-31T12:00:00.000") == timestamp("2026-01-31T12:00:00Z")';
  expect(await evaluateCel(same, {})).toBe(true);
});

describe('JSONata', () => {
  test('computes in this thread and in the pool alike', async () => {
    const input = { input: { text: 'a', list: [3, 1, 2] } };
    expect(await evaluateJsonata('{"t": input.text, "l": input.list}', input)).toEqual({ t: 'a', l: [3, 1, 2] });
    expect(await evaluateJsonata('$sort(input.list)', input)).toEqual([1, 2, 3]);
    expect(await evaluateJsonata('input.nothing', input)).toBeNull();
    expect(await evaluateJsonata('$uppercase(input.nothing)', input)).toBeNull();
    expect(await evaluateJsonata('{"f": function($x){$x}, "n": $sum(input.list)}', input)).toEqual({ n: 6 });
  });

  test('says what is wrong and where', async () => {
    const problemOf = async (text: string) => (await checkJsonata(text)).problem;
    expect(await problemOf('1 +')).toEqual({ message: expect.stringContaining('end of expression'), position: 3 });
    expect(await problemOf('$sum(a)')).toBeNull();
    expect((await problemOf('1'.repeat(10_001)))?.message).toContain('10,000');
    expect(await codeOf(evaluateJsonata('1 +', {}))).toBe('SYNTAX');
    expect(await codeOf(evaluateJsonata('$sum("a")', {}))).toBe('EVALUATION');
  });

  test('a name that nothing gives a value is found before it is evaluated, a number that is none afterwards', async () => {
    const problemOf = async (text: string) => (await checkJsonata(text)).problem;
    const unknown = (name: string, position: number) => ({
      message: `${name} is not known: nothing gives it a value`,
      position,
    });
    expect(await problemOf('$uppercse(input.a)')).toEqual(unknown('$uppercse', 0));
    expect(await problemOf('1 + $x')).toEqual(unknown('$x', 4));
    expect(await problemOf('input.a ~> $trimm')).toEqual(unknown('$trimm', 11));
    expect(await problemOf('input.l[$n = 1]^($m).{"a": function($v) { $w }}')).toEqual(unknown('$n', 8));
    expect(await codeOf(evaluateJsonata('$x', {}))).toBe('SYNTAX');
    for (const text of [
      '($a := 1; $a)',
      '($exists($kept) ? $kept : $kept := 1)',
      'input.l@$v#$i[$i = 0]#$j.{"a": $v, "b": $j}',
      '$reduce([1, 2], function($a, $b) { $a + $b })',
      '($f := function($n) { $n < 1 ? 0 : $f($n - 1) }; $f(3))',
      '$map([1], $string)[0] & $now() & $millis() & $ & $$',
      'input ~> |$|{"a": $uppercase("a")}|',
      '$sum(?)([1])',
    ]) {
      expect(await problemOf(text)).toBeNull();
    }
    const messageOf = (text: string) => evaluateJsonata(text, { n: 0 }).catch(({ message }: Error) => message);
    const infinite = 'the result of / is a number that is none: Infinity, as a division by zero gives it';
    expect(await messageOf('10 / n > 100')).toBe(infinite);
    expect(await messageOf('$string(10 / n)')).toBe(infinite);
    expect(await messageOf('$filter([1], function($v) { $v / n > 1 })')).toBe(infinite);
    expect(await messageOf('10 / n')).toBe(infinite);
    expect(await messageOf('{"a": [1, 10 / n]}')).toBe(infinite);
    expect(await messageOf('$map([1], function($v) { $v / n })')).toBe(infinite);
    expect(await messageOf('n / n')).toContain('NaN');
    expect(await messageOf('$sum([1e308, 1e308])')).toContain('the result has a number that is none: Infinity');
    expect(await messageOf('n = 0 ? 0 : 10 / n')).toBe(0);
  });

  test.each([
    ['$toMillis("2026-02-30T00:00:00Z")', '"2026-02-30T00:00:00Z" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z'],
    ['["2026-02-30"].$toMillis()', '"2026-02-30" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z'],
    ['$toMillis("31.11.2026", "[D].[M].[Y]")', '"31.11.2026" is not a time as "[D].[M].[Y]" says'],
    ['$toMillis("25:61", "[H]:[m]")', '"25:61" is not a time as "[H]:[m]" says'],
    ['$toMillis("soon", "[Y]-[M]-[D]")', '"soon" is not a time as "[Y]-[M]-[D]" says'],
    ['$toMillis("2026-366", "[Y]-[d]")', '"2026-366" is not a time as "[Y]-[d]" says'],
    [
      '$toMillis("Monday, 28.2.2026", "[FNn], [D].[M].[Y]")',
      '"Monday, 28.2.2026" is not a time as "[FNn], [D].[M].[Y]" says',
    ],
    [
      '$toMillis("30.2.2026 10:00+02:00", "[D].[M].[Y] [H]:[m][Z]")',
      '"30.2.2026 10:00+02:00" is not a time as "[D].[M].[Y] [H]:[m][Z]" says',
    ],
    ['"2026-13" ~> $toMillis', '"2026-13" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z'],
    [
      '$fromMillis(8640000000000001)',
      '8640000000000001 is not a time: milliseconds since 1970, at most 8640000000000000',
    ],
    ['$fromMillis(0, "[H01]", "+2")', '"+2" is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"'],
    ['$now("[H01]", "Berlin")', '"Berlin" is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"'],
    ['$fromMillis($sum([1e308, 1e308]))', 'Infinity is not a time: milliseconds since 1970, at most 8640000000000000'],
    [
      '$formatNumber($sum([1e308, 1e308]), "0")',
      'Infinity is no number that could be formatted, as a division by zero gives it',
    ],
  ])('refuses what is no time or no number: %s', (text, message) =>
    expect(evaluateJsonata(text, {})).rejects.toMatchObject({ code: 'EVALUATION', message }),
  );

  test.each([
    ['$toMillis("2026-12-01T10:00")', Date.UTC(2026, 11, 1, 10)],
    ['$toMillis("2026-12-01T10:00:00+0100")', Date.UTC(2026, 11, 1, 9)],
    ['$toMillis("2026-12")', Date.UTC(2026, 11)],
    ['$toMillis("2026")', Date.UTC(2026, 0)],
    ['$toMillis("1/12/2026", "[D]/[M]/[Y]")', Date.UTC(2026, 11, 1)],
    ['$toMillis("01.12.2026", "[D].[M].[Y]")', Date.UTC(2026, 11, 1)],
    ['$toMillis("Saturday, 28th of February 2026", "[FNn], [D1o] of [MNn] [Y]")', Date.UTC(2026, 1, 28)],
    ['$toMillis("28.2.2026 10:00+02:00", "[D].[M].[Y] [H]:[m][Z]")', Date.UTC(2026, 1, 28, 8)],
    ['$toMillis("28.2.2026 12:30am", "[D].[M].[Y] [h]:[m][P]")', Date.UTC(2026, 1, 28, 0, 30)],
    ['$toMillis(nothing)', null],
    ['$fromMillis(0)', '1970-01-01T00:00:00.000Z'],
    ['$fromMillis(0, "[Y]-[M01]", "+0100")', '1970-01'],
    ['$fromMillis(0, "[H01]:[m01]", "Europe/Berlin")', '01:00'],
    ['$fromMillis(1782864000000, "[H01]:[m01]", "Europe/Berlin")', '02:00'],
    ['$fromMillis(0, "[H01]:[m01] [Z]", "+02:00")', '02:00 +02:00'],
    ['$fromMillis(0, "[H01]:[m01]", "+0200")', '02:00'],
    ['$fromMillis(0, "[H01]:[m01][Z]", "-03:30")', '20:30-03:30'],
    ['$fromMillis(0, nothing, "America/St_Johns")', '1969-12-31T20:30:00.000-03:30'],
    ['$fromMillis(0, "[H01]:[m01]:[s01]", "Africa/Monrovia")', '23:15:30'],
    ['$toMillis("28.2.2026 10:00-03:30", "[D].[M].[Y] [H]:[m][Z]")', Date.UTC(2026, 1, 28, 13, 30)],
    ['$now("[H01]:[m01][Z]", "Asia/Kathmandu") = $fromMillis($millis(), "[H01]:[m01][Z]", "+05:45")', true],
    ['$toMillis($now()) = $millis() and $now(nothing, "+01:00") = $fromMillis($millis(), nothing, "+0100")', true],
    ['$fromMillis(nothing, "[H01]", "UTC")', null],
    ['$fromMillis(nothing)', null],
    ['$formatNumber(1234.5, "#,##0.00")', '1,234.50'],
    ['$formatNumber(nothing, "0")', null],
    ['["2026-12-01"].$toMillis()', Date.UTC(2026, 11, 1)],
  ])('takes what is one: %s', async (text, value) => expect(await evaluateJsonata(text, {})).toBe(value));

  test.each([
    ['steps["zzz"].result', 5, '["zzz"]', '.zzz'],
    ["1 + input.o['a b']", 11, '["a b"]', '.`a b`'],
    ['$map(input.l, function($v) { $v["name"] })', 31, '["name"]', '.name'],
    ['input.l[0]["n"]', 10, '["n"]', '.n'],
  ])('a key in brackets is none: %s', async (text, position, brackets, key) => {
    const message = `${brackets} is a filter that keeps everything, and reads no key: write ${key}`;
    expect((await checkJsonata(text)).problem).toEqual({ message, position });
    expect((await checkJsonata(text.replace(/\[["'].*["']\]/, key))).problem).toBeNull();
  });

  test('brackets filter, and lists have texts', async () => {
    const input = {
      l: [
        { n: 'a', v: 1 },
        { n: 'b', v: 2 },
      ],
    };
    expect(await evaluateJsonata('l[n = "b"].v', input)).toBe(2);
    expect(await evaluateJsonata('["a", "b"][1] & l[0].n', input)).toBe('ba');
  });

  test('knows every function of the library', () => {
    const source = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');
    const bound = [...source.matchAll(/(?:staticFrame|environment)\.bind\('(\w+)'/g)].map(([, name]) => name);
    expect([...BUILT_IN].sort()).toEqual([...new Set(bound)].sort());
  });

  test('ends what runs on or grows, without harm to the others', async () => {
    const endless = '($f := function($n){ $f($n + 1) }; $f(0))';
    const growing = '($f := function($s){ $f($s & $s & "xxxxxxxxxxxxxxxx") }; $f("x"))';
    const results = await Promise.all([
      codeOf(evaluateJsonata(endless, {}, { timeoutMs: 200 })),
      ...[1, 2, 3, 4].map((n) => codeOf(evaluateJsonata('$sum([1..n])', { n }))),
    ]);
    expect(results[0]).toBe('TIMEOUT');
    expect(results.slice(1)).toEqual([{ value: 1 }, { value: 3 }, { value: 6 }, { value: 10 }]);
    expect(await codeOf(evaluateJsonata(growing, {}))).toBe('MEMORY');
    const slowPattern = '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /(a+)+$/)';
    expect(await codeOf(evaluateJsonata(slowPattern, {}, { timeoutMs: 200 }))).toBe('TIMEOUT');
    expect(await codeOf(evaluateJsonata('$join([1..500000].$string())', {}, { timeoutMs: 30_000 }))).toBe('EVALUATION');
    expect(await evaluateJsonata('$sum([1, 2])', {})).toBe(3);
  });

  test('keeps nothing from one evaluation to the next', async () => {
    const remember = '($exists($kept) ? $kept : $kept := $uppercase(input))';
    const top = '$kept := $uppercase(input)';
    expect(await evaluateJsonata(remember, { input: 'a' })).toBe('A');
    expect(await evaluateJsonata(remember, { input: 'b' })).toBe('B');
    expect(await evaluateJsonata(top, { input: 'c' })).toBe('C');
    expect(await evaluateJsonata('input.constructor.name', { input: {} })).toBeNull();
    expect(await evaluateJsonata('$lookup(input, "__proto__")', { input: {} })).toBeNull();
  });

  test('finds what it reads from the top, and only that', async () => {
    const names = async (text: string) => (await checkJsonata(text)).references.map(({ path }) => path.join('.'));
    expect(await names('{"a": steps.x.result, "b": $$.steps.y.z}')).toEqual(['steps.x.result', 'steps.y.z']);
    expect(await names('$map(input.l, function($v){ steps.q.result & $v })')).toEqual(['input.l', 'steps.q.result']);
    expect(await names('input.l[price > 1].{"v": value}')).toEqual(['input.l']);
    expect(await names('(steps.a ~> $string) & ($k := steps.b; $k.c)')).toEqual(['steps.a', 'steps.b']);
    expect((await checkJsonata('1 + steps.a')).references).toEqual([{ path: ['steps', 'a'], position: 4 }]);
  });
});

describe('CEL', () => {
  test('computes with JSON numbers', async () => {
    const variables = { input: { n: 7, f: 1.5, list: [1, 2] }, steps: { a: { result: true } } };
    expect(await evaluateCel('input.n % 2 == 1 && input.f + 1 == 2.5', variables)).toBe(true);
    expect(await evaluateCel('steps.a.result == true && size(input.list) == 2', variables)).toBe(true);
    expect(await evaluateCel('input.list.exists(x, x > 1)', variables)).toBe(true);
    expect(await evaluateCel('size(input.list)', variables)).toBe(2);
    expect(await codeOf(evaluateCel('steps.b.result', variables))).toBe('EVALUATION');
  });

  test('reports syntax, unknown names and regular expressions', async () => {
    expect((await checkCel('1 +')).problem).toEqual({ message: 'ends too early: something must follow', position: 3 });
    expect((await checkCel('foo.x')).problem).toEqual({
      message: 'foo is not known: there are input, steps and context',
      position: 0,
    });
    expect((await checkCel('input.list.exists(x)')).problem?.message).toBe(
      'exists takes 2 arguments, not 1, as in input.list.exists(x, x > 1)',
    );
    expect((await checkCel('input.a.list.map(x, x > 1, x, 4)')).problem?.message).toBe(
      'map takes 2 or 3 arguments, not 4, as in input.list.map(x, x + 1)',
    );
    expect((await checkCel('all(x, x > 1)')).problem?.message).toBe(
      'all is asked of a list, as in input.list.all(x, x > 1)',
    );
    expect((await checkCel('bogus(1)')).problem?.message).toContain('bogus');
    expect((await checkCel('input.s.matches("a")')).problem?.message).toBe('matches is not available');
    expect((await checkCel('x'.repeat(2_001))).problem?.message).toContain('2,000');
    expect(await checkCel('input.a > 5')).toMatchObject({ problem: null, type: 'bool' });
    expect((await checkCel('steps["a"].result == input.x')).references.map(({ path }) => path)).toEqual([
      ['steps', 'a', 'result'],
      ['input', 'x'],
    ]);
  });

  test.each([
    ['has(input.users[0].foo)', 4, '"foo" in input.users[0]'],
    ['has(input.o["a-b"].x.y)', 4, '"y" in input.o["a-b"].x'],
    ['has(input.o["a-b"])', 4, '"a-b" in input.o'],
  ])('advises what can be written where has cannot: %s', async (text, position, advice) => {
    const rule = 'has takes names with dots between them, such as has(input.user.name)';
    const { problem } = await checkCel(text);
    expect(problem).toEqual({ message: `${rule}; write ${advice} here`, position });
    const input = { users: [{ foo: 1 }], o: { 'a-b': { x: { y: 1 } } } };
    expect(await evaluateCel(advice, { input })).toBe(true);
    expect((await checkCel('has(1)')).problem).toEqual({ message: rule, position: 4 });
  });

  test.each([
    ['input.list.exits(x, x == 2)', 'exits'],
    ['bogus(y)', 'bogus'],
    ['cel.bnd(n, 1, n)', 'bnd'],
  ])('a function that there is not is named, not what stands in its brackets: %s', async (text, name) => {
    const message = `${name} is not known: no function has that name`;
    expect((await checkCel(text)).problem).toEqual({ message, position: 0 });
  });

  test.each([
    ['input.list.exists(x, x == 2)', ['input.list']],
    ['input.list.all(x, x > 0) && input.list.exists_one(x, x == 2)', ['input.list', 'input.list']],
    ['input.list.filter(x, x > input.least).map(x, x * 2) == [4]', ['input.list', 'input.least']],
    ['input.list.map(x, x > 1, x * steps.a.result.n) == [4]', ['input.list', 'steps.a.result.n']],
    ['cel.bind(n, input.least, n + 1 == 2)', ['input.least']],
    ['type(input.least) == double && type("a") == string', ['input.least']],
    // What has the name of a variable is not the variable.
    ['input.list.exists(steps, steps == input.least)', ['input.list', 'input.least']],
    ['steps.a.result.all(input, input == "n") && input.least == 1', ['steps.a.result', 'input.least']],
    ['input.rows.exists(x, x.list.exists(y, y == x.n))', ['input.rows']],
  ])('knows what is a name of its own: %s', async (text, reads) => {
    const check = await checkCel(text);
    expect({ ...check, references: check.references.map(({ path }) => path.join('.')) }).toEqual({
      problem: null,
      type: 'bool',
      references: reads,
    });
    const input = { list: [1, 2], least: 1, rows: [{ n: 1, list: [1] }] };
    expect(await evaluateCel(text, { input, steps: { a: { result: { n: 2 } } } })).toBe(true);
  });

  test.each([
    [
      'input.n > 5',
      'input.n > 5 cannot be computed: input.n is null, 5 is int; ask has(input.n) && input.n != null before',
    ],
    ['input.s + 1', 'input.s + 1 cannot be computed: input.s is string, 1 is int'],
    ['-input.s', '-input.s cannot be computed: input.s is string'],
    ['input.o.missing == 1', 'input.o.missing does not exist; has(input.o.missing) tells whether it does'],
    ['steps["b"].result', 'steps["b"] does not exist; "b" in steps tells whether it does'],
    ['input.l[2] == 1', 'input.l[2] does not exist; size(input.l) tells how many there are'],
    ['input.u[0].y == 1', 'input.u[0].y does not exist; "y" in input.u[0] tells whether it does'],
    [
      'input.u[0].n > 5',
      'input.u[0].n > 5 cannot be computed: input.u[0].n is null, 5 is int; ask "n" in input.u[0] && input.u[0].n != null before',
    ],
    ['input.l.all(x, x.y > 1)', 'x.y does not exist; has(x.y) tells whether it does'],
    ['size(input.f)', 'there is no size(double)'],
    ['input.s.contains(input.n)', 'there is no contains(null) of string'],
    ['input.s && true', 'input.s must be true or false, not string'],
    ['input.n ? 1 : 2', 'input.n must be true or false, not null'],
    ['[input.f / 0]', 'input.f / 0 cannot be computed: division by zero'],
    ['input.f / 0 > 100', 'input.f / 0 cannot be computed: division by zero'],
    ['1 / 0 == 1', '1 / 0 cannot be computed: division by zero'],
    ['1 % 0 == 1', '1 % 0 cannot be computed: division by zero'],
    ['input.f % 0 > 1', 'input.f % 0 cannot be computed: division by zero'],
    [
      '(input.f - 1.5) / (input.f - 1.5) == 1',
      '(input.f - 1.5) / (input.f - 1.5) cannot be computed: division by zero',
    ],
    ['1.5 / 0.0 > 1.0', '1.5 / 0.0 cannot be computed: division by zero'],
    ['input.l.exists(x, 1.0 / (x - x) > 1)', '1.0 / (x - x) cannot be computed: division by zero'],
    ['input.l.map(x, x > 1, x / 0)', 'x / 0 cannot be computed: division by zero'],
    ['cel.bind(n, input.f / 0, n > 1)', 'input.f / 0 cannot be computed: division by zero'],
    ['{"a": [input.f / 0]}.a[0] > 1', 'input.f / 0 cannot be computed: division by zero'],
    ['input.h * 10 > 1', 'input.h * 10 cannot be computed: the result would be Infinity, which is no number'],
    ['double("nan") != 1.0', 'double("nan") cannot be computed: the result would be NaN, which is no number'],
    [`input.s + "${'x'.repeat(80)}" == input.n + 1`, expect.stringMatching(/^input\.n \+ 1 cannot/)],
  ])('says in words what an expression misses: %s', async (text, message) => {
    const input = { n: null, s: 'x', o: {}, l: [1, 2], f: 1.5, h: 1e308, u: [{ n: null }] };
    await expect(evaluateCel(text, { input })).rejects.toMatchObject({ code: 'EVALUATION', message });
  });

  test.each([
    ['timestamp("2026-02-30T00:00:00Z")', '"2026-02-30T00:00:00Z" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z'],
    ['timestamp(input.day)', '"2026-11-31" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z'],
    ['timestamp("0000-01-01")', '"0000-01-01" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z'],
    ['timestamp(input.yes)', 'there is no timestamp(bool)'],
  ])('refuses what is no time: %s', (text, message) =>
    expect(evaluateCel(text, { input: { day: '2026-11-31', yes: true } })).rejects.toMatchObject({
      code: 'EVALUATION',
      message,
    }),
  );

  test('takes a time with a zone, without one, and a day', async () => {
    for (const text of ['2026-03-02T00:00:00', '2026-03-02', '2026-03-02T01:00+01:00']) {
      expect(await evaluateCel(`timestamp("${text}")`, {})).toBe('2026-03-02T00:00:00.000Z');
    }
    expect(await evaluateCel('timestamp(5) < timestamp("2026-03-02") && timestamp(5).getSeconds() == 5', {})).toBe(
      true,
    );
    expect((await checkCel('timestamp_("2026-03-02")')).problem?.message).toContain('timestamp_ is not known');
  });

  test('ends what runs on', async () => {
    const list = Array.from({ length: 3_000 }, (_, index) => index);
    const nested = 'input.all(a, input.all(b, input.all(c, a + b + c >= 0)))';
    expect(await codeOf(evaluateCel(nested, { input: list }, { timeoutMs: 200 }))).toBe('TIMEOUT');
  });
});

test.each([
  ['CEL', 'input.x and input.y', '"and" is written && in CEL', 8],
  ['CEL', 'input.x OR input.y', '"OR" is written || in CEL', 8],
  ['CEL', 'not input.x', '"not" is written ! in CEL', 0],
  ['CEL', 'input.x = 1', '"=" is written == in CEL', 8],
  ['CEL', 'input.x === 1', '"===" is written == in CEL', 8],
  ['CEL', 'input.x !== 1', '"!==" is written != in CEL', 8],
  ['CEL', 'input.x <> 1', '"<>" is written != in CEL', 8],
  ['CEL', 'input.x & input.y', '"&" is written && in CEL', 8],
  ['CEL', 'input.x == "and" = true', '"=" is written == in CEL', 17],
  ['CEL', ' ', 'is empty: there must be an expression', 1],
  ['CEL', 'input.x >', 'ends too early: something must follow', 9],
  ['CEL', 'input.x == "y', 'Unterminated string', 11],
  ['CEL', 'input.and.or ?? 1', 'Unexpected token: QUESTION', 14],
  ['JSONata', 'input.x == 1', '"==" is written = in JSONata', 8],
  ['JSONata', 'input.x === 1', '"===" is written = in JSONata', 8],
  ['JSONata', 'input.x !== 1', '"!==" is written != in JSONata', 8],
  ['JSONata', 'input.x && input.y', '"&&" is written and in JSONata', 8],
  ['JSONata', 'input.x || input.y', '"||" is written or in JSONata', 8],
  ['JSONata', '!input.x', '"!" is written $not(…) in JSONata', 0],
  ['JSONata', 'not input.x', '"not" is written $not(…) in JSONata', 0],
  ['JSONata', '', 'is empty: there must be an expression', 0],
  ['JSONata', 'input.x + )', 'The symbol ")" cannot be used as a unary operator', 11],
] as const)(
  '%s: an operator of another language is told by the one that is meant: %s',
  async (language, text, message, position) => {
    const { problem } = await (language === 'CEL' ? checkCel(text) : checkJsonata(text));
    expect(problem).toEqual({ message, position });
  },
);
