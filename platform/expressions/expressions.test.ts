import { checkCel, checkJsonata, evaluateCel, evaluateJsonata, ExpressionError } from './index.ts';
import { closeSandbox } from '../sandbox/index.ts';

afterAll(closeSandbox);

const codeOf = (work: Promise<unknown>) =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => (error instanceof ExpressionError ? error.code : error),
  );

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
    expect((await checkCel('1 +')).problem).toEqual({ message: 'Unexpected token: EOF', position: 3 });
    expect((await checkCel('foo.x')).problem).toEqual({ message: 'Unknown variable: foo', position: 0 });
    expect((await checkCel('bogus(1)')).problem?.message).toContain('bogus');
    expect((await checkCel('input.s.matches("a")')).problem?.message).toBe('matches is not available');
    expect((await checkCel('x'.repeat(2_001))).problem?.message).toContain('2,000');
    expect(await checkCel('input.a > 5')).toMatchObject({ problem: null, type: 'bool' });
    expect((await checkCel('steps["a"].result == input.x')).references.map(({ path }) => path)).toEqual([
      ['steps', 'a', 'result'],
      ['input', 'x'],
    ]);
  });

  test('ends what runs on', async () => {
    const list = Array.from({ length: 3_000 }, (_, index) => index);
    const nested = 'input.all(a, input.all(b, input.all(c, a + b + c >= 0)))';
    expect(await codeOf(evaluateCel(nested, { input: list }, { timeoutMs: 200 }))).toBe('TIMEOUT');
  });
});
