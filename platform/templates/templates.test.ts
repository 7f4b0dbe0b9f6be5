import fc from 'fast-check';
import { closeSandbox } from '../sandbox/index.ts';
import { checkTemplate, inspectTemplate, renderTemplate, renderTemplates, TemplateError } from './index.ts';

afterAll(closeSandbox);

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (text) => text,
    (error: unknown) => (error instanceof TemplateError ? error.code : error),
  );

test('renders variables, loops and filters', async () => {
  const text = '{% for item in items %}{{ forloop.index }}. {{ item.name | upcase }}\n{% endfor %}{{ missing }}';
  expect(await checkTemplate(text)).toBeNull();
  expect(await renderTemplate(text, { items: [{ name: 'a' }, { name: 'b' }] })).toBe('1. A\n2. B\n');
});

test('whatever a text is, it is printed as it is, and escaped in HTML', async () => {
  const escaped = (text: string) =>
    text.replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[sign]!);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), async (text, number, present) => {
      const variables = { a: { b: text }, number, ...(present && { c: text }) };
      const template = '[{{- a.b -}} | {{ number }} | {{- c -}}]';
      const printed = (value: string) => `[${value}| ${number} |${present ? value : ''}]`;
      expect(
        await renderTemplates(
          [
            { text: template, html: false },
            { text: template, html: true },
          ],
          variables,
        ),
      ).toEqual([printed(text), printed(escaped(text))]);
    }),
    { numRuns: 300 },
  );
});

test('says what is wrong with a template and where, whether it is short or long', async () => {
  const padding = `${'x'.repeat(30_000)}\n`;
  expect(await checkTemplate('one\n{% if x %}')).toEqual({ message: expect.stringContaining('not closed'), line: 2 });
  expect(await checkTemplate(`${padding}{% if x %}`)).toEqual({
    message: expect.stringContaining('not closed'),
    line: 2,
  });
  expect((await checkTemplate('x'.repeat(200_001)))?.message).toContain('200,000');
  expect(await codeOf(renderTemplate('{{ "a" | nonsense }}', {}))).toBe('SYNTAX');
  // The place is told once, beside the message.
  expect(await checkTemplate('a\n{{ b | nonsense }}')).toEqual({ message: 'undefined filter: nonsense', line: 2 });
});

test.each([
  ['{% if n = 3 %}a{% endif %}', '"=" is written == in Liquid'],
  ['{% unless n === 3 %}a{% endunless %}', '"===" is written == in Liquid'],
  ['{% if n <> 3 %}a{% endif %}', '"<>" is written != in Liquid'],
  ['{% if n && m %}a{% endif %}', '"&&" is written and in Liquid'],
  ['{% if n || m %}a{% endif %}', '"||" is written or in Liquid'],
  ['{% if n AND m %}a{% endif %}', '"AND" is written and in Liquid'],
  ['{% if !n %}a{% endif %}', '"!" is written not in Liquid'],
  ['{% if NOT n %}a{% endif %}', '"NOT" is written not in Liquid'],
  ['{% if a %}{% elsif n <> 3 %}{% endif %}', '"<>" is written != in Liquid'],
  ['{% if n == "=" and m = "&&" %}a{% endif %}', '"=" is written == in Liquid'],
  ['{% if n %}{% elsif n = 3 %}{% endif %}', '"=" is written == in Liquid'],
  ['{% if n m %}a{% endif %}', 'the condition cannot be read: and, or, or a comparison is missing'],
  ['{% if n == 3 and %}a{% endif %}', 'the condition cannot be read: and, or, or a comparison is missing'],
  ['{{ n + 1 }}', 'expected "|" before filter'],
])('a condition that is read otherwise than it is meant: %s', async (text, message) => {
  expect(await checkTemplate(text)).toEqual({ message, line: 1 });
});

test('conditions are read whole', async () => {
  const text =
    '{% if n == 3 and m != "a = b" or n contains "x" %}{% unless m | size | times: 2 > 3 %}{% endunless %}a{% endif %}' +
    '{%- if  n  -%}b{%- endif -%}{% if n <= 3 or n == empty %}c{% elsif m %}{% else %}{% endif %}{% if m.not or not n %}{% endif %}';
  expect(await renderTemplate(text.replace(' > 3', ''), { n: 3, m: 'z' })).toBe('abc');
});

test('knows which variables a template reads', async () => {
  const text = '{% assign own = a.b %}{% for i in items %}{{ i.x }}{{ own }}{{ c["d"] }}{{ e[f] }}{% endfor %}';
  const reads = [['a', 'b'], ['items'], ['c', 'd'], ['e'], ['f']];
  expect(await inspectTemplate(text)).toEqual({ problem: null, reads });
  expect(await inspectTemplate('{{ x | nonsense }}')).toMatchObject({ reads: [] });
});

test.each([
  ['{% include "a" %}', 'tag "include" not found'],
  ['{% render "a" %}', 'tag "render" not found'],
  ['{% layout "a" %}', 'tag "layout" not found'],
  ['{% block a %}{% endblock %}', 'tag "block" not found'],
  [
    '{{ d | date: "%F", "Europe/Nowhere" }}',
    '"Europe/Nowhere" is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"',
  ],
  [
    '{% if a %}{% for i in b %}{{ i.d | date: "%K" }}{% endfor %}{% endif %}',
    '%K is no part of a date; %% is the sign itself',
  ],
  ['{{ d | date: "YYYY-MM-DD" }}', '"YYYY-MM-DD" has no part of a date, e.g. %Y-%m-%d'],
  ['{{ d | date: 2026 }}', '"2026" has no part of a date, e.g. %Y-%m-%d'],
  ['{{ d | date: "%H:%M", 120 }}', '120 is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"'],
  ['{{ d | date: "%H:%M", -60 }}', '-60 is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"'],
  ['{% assign e = d | date: "%F", "x" %}{{ e }}', '"x" is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"'],
  ['{% capture c %}{{ d | date: "%-" }}{% endcapture %}{{ c }}', '%- is no part of a date; %% is the sign itself'],
])('what would fail at every rendering is found before: %s', async (text, message) => {
  expect(await checkTemplate(text)).toEqual({ message, line: 1 });
});

test('strict: what is printed must have a value, what is asked for need not', async () => {
  const variables = { user: { name: 'Ada' }, nothing: null, list: [{ a: 1 }, {}] };
  const strict = (text: string) =>
    renderTemplate(text, variables, { strict: true }).catch(({ variable, line }: TemplateError) => ({
      variable,
      line,
    }));
  expect(await strict('{{ user.name }}{{ nothing }}{{ nothing.more }}{{ user.name.size }}')).toBe('Ada3');
  expect(await strict('\n{{ user.nope }}')).toEqual({ variable: 'user.nope', line: 2 });
  expect(await strict('{{ nope.more }}')).toEqual({ variable: 'nope', line: 1 });
  expect(await strict('{% for i in list %}{{ i.a }}{% endfor %}')).toEqual({ variable: 'i.a', line: 1 });
  expect(await strict('{% for i in user.list %}{% endfor %}')).toEqual({ variable: 'user.list', line: 1 });
  expect(await strict('{% capture c %}{{ user.nope | upcase }}{% endcapture %}')).toEqual({
    variable: 'user.nope',
    line: 1,
  });
  expect(await strict('{{ user.nope | default: "you" }}{% if user.nope %}{% else %}!{% endif %}')).toBe('you!');
  expect(await renderTemplate('[{{ user.nope }}{{ nope.more }}]', variables)).toBe('[]');
});

test.each([
  ['{{ 10 | divided_by: 0 }}', '10 | divided_by: 0 is no number'],
  ['{{ 10 | modulo: n }}', '10 | modulo: 0 is no number'],
  ['{% assign x = huge | times: huge %}{{ x }}', '1e+308 | times: 1e+308 is no number'],
])('a result that is no number is an error: %s', async (text, message) => {
  const variables = { n: 0, huge: 1e308 };
  await expect(renderTemplate(text, variables)).rejects.toMatchObject({ code: 'RENDER', message, line: 1 });
  expect(await renderTemplate('{{ 10 | divided_by: "4" }} {{ 7 | modulo: 4 }}', variables)).toBe('2.5 3');
});

test.each([
  ['{{ price | times: 2 }}', '"12,50" is no number, which times needs'],
  ['{{ 2 | times: price }}', '"12,50" is no number, which times needs'],
  ['{{ "€5" | minus: 1 }}', '"€5" is no number, which minus needs'],
  ['{{ "abc" | round }}', '"abc" is no number, which round needs'],
  ['{{ "" | ceil }}', '"" is no number, which ceil needs'],
  ['{{ 1.25 | round: "a" }}', '"a" is no number, which round needs'],
  ['{{ mixed | sum }}', '"a" is no number, which sum needs'],
  ['{{ items | sum: "price" }}', '"12,50" is no number, which sum needs'],
  ['{{ mixed | at_most: 3 }}', '[1,"a"] is no number, which at_most needs'],
  ['{{ yes | plus: 1 }}', 'true is no number, which plus needs'],
  ['{{ none | plus: 1 }}', 'null is no number, which plus needs: write | default: 0 before it where it may be missing'],
  [
    '{{ nope | plus: 1 }}',
    'nothing is no number, which plus needs: write | default: 0 before it where it may be missing',
  ],
  [
    '{{ items | sum: "nope" }}',
    'nothing is no number, which sum needs: write | default: 0 before it where it may be missing',
  ],
])('what is no number is not computed with: %s', (text, message) => {
  const variables = {
    price: '12,50',
    mixed: [1, 'a'],
    items: [{ price: 1 }, { price: '12,50' }],
    yes: true,
    none: null,
  };
  return expect(renderTemplate(text, variables)).rejects.toMatchObject({ code: 'RENDER', message, line: 1 });
});

test('numbers are computed with, also as texts', async () => {
  const variables = { price: '12.50', list: [1, '2', 3.5], items: [{ price: 1 }, { price: '2' }], none: null };
  const text =
    '{{ price | times: 2 }} {{ "-3" | abs }} {{ 7 | divided_by: 2, true }} {{ 1.256 | round: 2 }} {{ list | sum }} ' +
    '{{ items | sum: "price" }} {{ none | default: 0 | plus: 1 }} {{ 5 | sum }} {{ none | sum }} {{ 5 | at_least: "6" }}' +
    '{% for i in list %}{{ forloop.index | plus: 1 }}{% endfor %}';
  expect(await renderTemplate(text, variables)).toBe('25 3 3 1.26 6.5 3 1 5 0 6234');
});

test.each([
  ['{{ users | join: ", " }}'],
  ['{{ user | upcase }}'],
  ['{{ "x" | append: user }}'],
  ['{{ user | escape }}'],
  ['{{ users | array_to_sentence_string }}'],
])('a filter makes no text of an object: %s', async (text) => {
  const message = 'an object (name) has no text: write one of its keys, or | json for all of them';
  for (const html of [true, false]) {
    const rendered = renderTemplates([{ text, html }], { user: { name: 'Ada' }, users: [{ name: 'Ada' }] });
    await expect(rendered).rejects.toMatchObject({ code: 'RENDER', message, line: 1 });
  }
});

test.each([
  ['{{ user.nope }}', 'user.nope', 'write {{ user.nope | default: "" }} where it may be missing'],
  ['{% assign x = user.nope %}{{ x }}', 'user.nope', 'write user.nope | default: "" where it may be missing'],
  [
    '{% for i in user.items %}{{ i }}{% endfor %}',
    'user.items',
    'put {% if user.items %} … {% endif %} around the loop where it may be missing',
  ],
])('strict: advice fits where the variable is read: %s', async (text, variable, advice) => {
  const strict = (one: string) => renderTemplate(one, { user: {} }, { strict: true });
  await expect(strict(text)).rejects.toMatchObject({ variable, advice, line: 1 });
});

test('strict: what is advised is taken', async () => {
  const text =
    '{{ user.nope | default: "" }}{% assign x = user.nope | default: "-" %}{{ x }}{% if user.items %}{% for i in user.items %}{{ i }}{% endfor %}{% endif %}';
  expect(await renderTemplate(text, { user: {} }, { strict: true })).toBe('-');
});

test('an object has no text, a list has that of its items', async () => {
  const variables = { user: { name: 'Ada', age: 36 }, list: ['a', 1, null], users: [{ name: 'Ada' }], none: {} };
  const told = (keys: string) => ({
    code: 'RENDER',
    message: `an object (${keys}) has no text: write one of its keys, or | json for all of them`,
    line: 1,
  });
  for (const html of [true, false]) {
    const rendered = (text: string) => renderTemplates([{ text, html }], variables);
    await expect(rendered('{{ user }}')).rejects.toMatchObject(told('name, age'));
    await expect(rendered('{{ users }}')).rejects.toMatchObject(told('name'));
    await expect(rendered('{% assign x = user %}{{ x }}')).rejects.toMatchObject(told('name, age'));
    expect(await rendered('{{ list }} {{ users | json | raw }} {{ user.name }} {{ user.size }}')).toEqual([
      'a1 [{"name":"Ada"}] Ada 2',
    ]);
  }
});

test('HTML is escaped once, unless raw is asked for; a layout takes its content as it is', async () => {
  const variables = { a: '<b>&', lines: 'x\n<y' };
  const text = '{{ a }}|{{ a | raw }}|{{ a | escape }}|{{ lines | newline_to_br }}|{{ a | upcase }}';
  const content = '&lt;b&gt;&amp;|<b>&|&lt;b&gt;&amp;|x<br />\n&lt;y|&lt;B&gt;&amp;';
  expect(await renderTemplates([{ text, html: true }], variables)).toEqual([content]);
  const layout = '<p title="{{ a }}">{{ content }}</p>';
  const both = [
    { text, html: true, layout },
    { text: '{{ a }}', html: false, layout: '* {{ content }} *' },
  ];
  expect(await renderTemplates(both, variables)).toEqual([`<p title="&lt;b&gt;&amp;">${content}</p>`, '* <b>& *']);
  const words = [{ text: '<i>{{ a }}</i>', html: true, layout: '{{ content | strip_html | escape }}' }];
  expect(await renderTemplates(words, variables)).toEqual(['&amp;lt;b&amp;gt;&amp;amp;']);
});
