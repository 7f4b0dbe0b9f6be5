import { readFileSync } from 'node:fs';
import { closeSandbox } from '../sandbox/index.ts';
import { classify, entities, keyPhrases, sentiment, summarize, TextLimitError } from './index.ts';

afterAll(closeSandbox);

const options = { timeoutMs: 20_000 };
const report = (name: string) => readFileSync(new URL(`../../demo/reports/${name}`, import.meta.url), 'utf8');
const crash = report('crash-on-export.md');
const LABELS = {
  bug: ['crash', 'error', 'reproduce', 'stack trace', 'broken'],
  incident: ['outage', 'latency', 'on-call', 'error rate'],
  feature: ['would like', 'would be great', 'suggest', 'wish'],
};

test('a summary quotes sentences of the prose, in their order, and no log lines', async () => {
  const { sentences } = await summarize(crash, 3, options);
  const flat = crash.replace(/\s+/g, ' ');
  expect(sentences).toHaveLength(3);
  const places = sentences.map((sentence) => flat.indexOf(sentence));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(sentences.join(' ')).toContain('crash');
  expect(sentences.join(' ')).not.toContain('TypeError');
});

test('key phrases are what the report turns on', async () => {
  const { phrases } = await keyPhrases(crash, 10, options);
  expect(phrases.map(({ phrase }) => phrase)).toEqual(
    expect.arrayContaining(['application crashes', 'archived items']),
  );
  expect(phrases[0]?.score).toBe(1);
});

test('entities of a report: names, dates, versions, errors, files', async () => {
  const found = (await entities(`${crash}\nMail ops@example.com or see https://status.example.com/x.`, options))
    .entities;
  const has = (type: string) => found.filter((entity) => entity.type === type).map(({ value }) => value);
  expect(has('NAME')).toEqual(
    expect.arrayContaining(['Marta Lindqvist', 'Northwind Logistics', 'Jonas Weber', 'Priya Raman']),
  );
  expect(has('VERSION')).toEqual(['8.4.1', '8.3.6', '8.4.1.2207']);
  expect(has('EXCEPTION')).toEqual(['TypeError']);
  expect(has('ERROR_CODE')).toEqual(['exit code 5']);
  expect(has('FILE')).toContain('export/pdf/sections.js:214:31');
  expect(has('DATE')).toEqual(expect.arrayContaining(['12 May 2026', '2026-05-12T09:14:52.118Z']));
  expect(has('EMAIL')).toEqual(['ops@example.com']);
  expect(has('URL')).toEqual(['https://status.example.com/x']);
});

test('classification by example words, whatever their form', async () => {
  const labelOf = async (text: string) => (await classify(text, LABELS, null, options)).label;
  expect(await labelOf(crash)).toBe('bug');
  expect(await labelOf(report('checkout-latency-incident.md'))).toBe('incident');
  expect(await labelOf(report('dark-mode-request.txt'))).toBe('feature');
  expect(await classify('Nothing of the kind.', LABELS, 'bug', options)).toEqual({
    label: 'bug',
    confidence: 0,
    scores: { bug: 0, incident: 0, feature: 0 },
  });
});

test('tone', async () => {
  expect((await sentiment('This is wonderful, I love it.', options)).label).toBe('positive');
  expect((await sentiment('This is terrible and broken, I hate it.', options)).label).toBe('negative');
  expect(await sentiment('', options)).toEqual({ score: 0, label: 'neutral' });
});

test('long URLs, encoded data and lines of logs are read quickly, and stay as they are', async () => {
  const url = `https://example.com/${'path/'.repeat(500)}?q=${'x'.repeat(2_000)}`;
  const data = 'aGVsbG8/'.repeat(1_000);
  const text = `The export crashes when we open ${url}. It fails with the body (${data}). Nobody likes that crash.`;
  const { sentences } = await summarize(text, 3, options);
  expect(sentences).toEqual([
    `The export crashes when we open ${url}.`,
    `It fails with the body (${data}).`,
    'Nobody likes that crash.',
  ]);
  expect((await entities(text, options)).entities[0]).toMatchObject({ type: 'URL', count: 1 });
  // What stands in for them is in a text of its own right, too.
  expect((await summarize('A \ue0f0 mark and b.', 1, options)).sentences).toEqual(['A \ue0f0 mark and b.']);
});

test('no text holds this thread, and each is read within seconds', async () => {
  const texts = [
    'http://'.repeat(1_200),
    'http://'.repeat(28_000),
    'https://a.b '.repeat(16_000),
    '@'.repeat(200_000),
    `# a${' '.repeat(199_000)}b`,
    `${'/'.repeat(80)} `.repeat(2_400),
    'a. '.repeat(60_000),
    '\n'.repeat(200_000),
    '😀'.repeat(100_000),
  ];
  const before = process.cpuUsage();
  for (const text of texts) {
    await summarize(text, 3, options);
    await entities(text, options);
  }
  // Of this process, in microseconds: the texts are sent, and that is all.
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
});

test('what takes longer than it may is told as such', async () => {
  const text = 'Some words that make sentences. '.repeat(6_000);
  await expect(summarize(text, 3, { timeoutMs: 20 })).rejects.toEqual(new TextLimitError('takes too long'));
});
