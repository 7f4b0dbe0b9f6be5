import { TemplateError, checkTemplate, renderTemplate } from './index.ts';

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (text) => text,
    (error: unknown) => (error instanceof TemplateError ? error.code : error),
  );

test('renders variables, loops and filters', async () => {
  const text = '{% for item in items %}{{ forloop.index }}. {{ item.name | upcase }}\n{% endfor %}{{ missing }}';
  expect(checkTemplate(text)).toBeNull();
  expect(await renderTemplate(text, { items: [{ name: 'a' }, { name: 'b' }] })).toBe('1. A\n2. B\n');
});

test('says what is wrong with a template and where', async () => {
  expect(checkTemplate('one\n{% if x %}')).toEqual({ message: expect.stringContaining('not closed'), line: 2 });
  expect(checkTemplate('x'.repeat(200_001))?.message).toContain('200,000');
  expect(await codeOf(renderTemplate('{{ "a" | nonsense }}', {}))).toBe('SYNTAX');
});

test('cannot reach prototypes or files, nor run on, nor fill the memory', async () => {
  expect(await renderTemplate('{{ a.constructor.name }}{{ a.__proto__ }}', { a: {} })).toBe('');
  expect(await codeOf(renderTemplate('{% include "/etc/passwd" %}', {}))).toBe('RENDER');
  const endless = '{% for a in (1..100000) %}{% for b in (1..100000) %}{{ b }}{% endfor %}{% endfor %}';
  expect(await codeOf(renderTemplate(endless, {}))).toBe('LIMIT');
  const doubling = `{% assign s = "xxxxxxxx" %}${'{% assign s = s | append: s %}'.repeat(30)}{{ s }}`;
  expect(await codeOf(renderTemplate(doubling, {}))).toBe('LIMIT');
});
