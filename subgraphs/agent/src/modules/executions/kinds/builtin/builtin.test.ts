import { readFileSync } from 'node:fs';
import { classify } from './classify.ts';
import { entities } from './entities.ts';
import { keyPhrases } from './key-phrases.ts';
import { sentiment } from './sentiment.ts';
import { statistics } from './statistics.ts';
import { summarize } from './summarize.ts';

const { signal } = new AbortController();
const report = (name: string) =>
  readFileSync(new URL(`../../../../../../../demo/reports/${name}`, import.meta.url), 'utf8');
const crash = report('crash-on-export.md');
const LABELS = {
  bug: ['crash', 'error', 'reproduce', 'stack trace', 'broken'],
  incident: ['outage', 'latency', 'on-call', 'error rate'],
  feature: ['would like', 'would be great', 'suggest', 'wish'],
};

test('a summary quotes sentences of the prose, in their order, and no log lines', async () => {
  const { sentences } = await summarize(crash, 3, signal);
  const flat = crash.replace(/\s+/g, ' ');
  expect(sentences).toHaveLength(3);
  const places = sentences.map((sentence) => flat.indexOf(sentence));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(sentences.join(' ')).toContain('crash');
  expect(sentences.join(' ')).not.toContain('TypeError');
});

test('key phrases are what the report turns on', async () => {
  const { phrases } = await keyPhrases(crash, 10, signal);
  expect(phrases.map(({ phrase }) => phrase)).toEqual(
    expect.arrayContaining(['application crashes', 'archived items']),
  );
  expect(phrases[0]?.score).toBe(1);
});

test('entities of a report: names, dates, versions, errors, files', async () => {
  const found = (await entities(`${crash}\nMail ops@example.com or see https://status.example.com/x.`, signal))
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
  const labelOf = async (text: string) => (await classify(text, LABELS, null, signal)).label;
  expect(await labelOf(crash)).toBe('bug');
  expect(await labelOf(report('checkout-latency-incident.md'))).toBe('incident');
  expect(await labelOf(report('dark-mode-request.txt'))).toBe('feature');
  expect(await classify('Nothing of the kind.', LABELS, 'bug', signal)).toEqual({
    label: 'bug',
    confidence: 0,
    scores: { bug: 0, incident: 0, feature: 0 },
  });
});

test('tone', async () => {
  expect((await sentiment('This is wonderful, I love it.', signal)).label).toBe('positive');
  expect((await sentiment('This is terrible and broken, I hate it.', signal)).label).toBe('negative');
  expect(await sentiment('', signal)).toEqual({ score: 0, label: 'neutral' });
});

test('statistics', () => {
  expect(statistics([4, 1, 3, 2])).toEqual({
    count: 4,
    sum: 10,
    mean: 2.5,
    median: 2.5,
    min: 1,
    max: 4,
    standardDeviation: Math.sqrt(1.25),
    p95: expect.closeTo(3.85),
  });
});

test('a long text leaves the event loop room, and can be stopped', async () => {
  const long = crash.repeat(80).slice(0, 200_000);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await summarize(long, 3, signal);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
  await expect(entities(long, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
});
