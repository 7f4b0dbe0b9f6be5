import { readFileSync } from 'node:fs';
import { renderTemplate, renderTemplates } from '@flowmesh/platform/templates';
import { evaluateCel, evaluateJsonata } from '@flowmesh/platform/expressions';
import { closeSandbox, runInSandbox, sandboxPids } from '@flowmesh/platform/sandbox';
import { percentile } from './load.ts';
import { printTable } from './table.ts';

const RUNS = 2_000;
const STARTS = 5;
const ENDLESS = '($f := function($n){ $f($n + 1) }; $f(0))';

const TEMPLATE = 'Hello {{ user.name | upcase }}, you have {{ count }} new messages{% if count > 1 %}!{% endif %}';
const VARIABLES = { user: { name: 'Ada' }, count: 3 };
const MAIL =
  '<p>Hello {{ user.name }},</p><p>there are {{ count }} new messages.</p><p><a href="{{ link }}">Read</a></p>';
const LAYOUT =
  '<html><body><h1>Flowmesh</h1>{{ content }}<p><a href="{{ link }}/stop">Unsubscribe</a></p></body></html>';
const PARTS = [
  { text: '{{ count }} new messages', html: false },
  { text: MAIL, html: true, layout: LAYOUT },
  { text: MAIL, html: false, layout: '{{ content }}\n--\nFlowmesh' },
];
const VALUES = { input: { score: 7, label: 'urgent' }, steps: {}, context: {} };
const CONDITION = 'input.score > 5 && input.label == "urgent"';
const PICK = '{"label": input.label, "score": input.score}';

/** What it costs to do work in a process of its own rather than in this thread, and what a neighbour notices. */
export async function benchmarkSandbox(): Promise<void> {
  const timeoutMs = 10_000;
  const liquid = {
    language: 'liquid',
    program: { render: [{ text: TEMPLATE, html: false }] },
    input: VARIABLES,
  } as const;
  const rows = Array.from({ length: 6_000 }, (_, n) => ({ id: n, name: `row ${n}`, value: (n * 7_919) % 6_007 }));
  const pairs: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
    [
      'a CEL condition',
      () => evaluateCel(CONDITION, VALUES),
      () => runInSandbox({ language: 'cel', program: CONDITION, input: VALUES }, { timeoutMs }),
    ],
    [
      'a JSONata object',
      () => evaluateJsonata(PICK, VALUES),
      () => runInSandbox({ language: 'jsonata', program: PICK, input: VALUES }, { timeoutMs }),
    ],
  ];
  for (const [name, here, there] of pairs) {
    const times = await inTurns([here, there], RUNS);
    printTable(`${name}: here and in the sandbox`, 'µs median', [
      { name: 'here', value: times[0]! * 1_000 },
      { name: 'sandbox', value: times[1]! * 1_000 },
    ]);
  }

  const [short = 0, mail = 0] = await inTurns(
    [
      () => renderTemplate(TEMPLATE, VARIABLES),
      () => renderTemplates(PARTS, { ...VARIABLES, link: 'https://flowmesh.example.org' }),
    ],
    RUNS,
  );
  printTable('Rendering, in the sandbox', 'µs median', [
    { name: 'a short template', value: short * 1_000 },
    { name: 'a mail of three parts with layouts', value: mail * 1_000 },
  ]);

  const count = { language: 'jsonata', program: '$count(input)', input: { input: rows } } as const;
  const small = { language: 'jsonata', program: '$count(input)', input: { input: [] } } as const;
  const [large = 0, little = 0] = await inTurns(
    [() => runInSandbox(count, { timeoutMs }), () => runInSandbox(small, { timeoutMs })],
    50,
  );
  printTable(`Handing over 6,000 rows (${Math.round(JSON.stringify(rows).length / 1_024)} KB)`, 'ms median', [
    { name: 'nothing', value: little },
    { name: '6,000 rows', value: large },
  ]);

  const starts: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    await closeSandbox();
    starts.push(await timed(() => runInSandbox(small, { timeoutMs })));
  }
  printTable('The first task, with the start of a process, and the next', 'ms median', [
    { name: 'next', value: little },
    { name: 'first', value: percentile(starts, 0.5) },
  ]);
  const [pid = 0] = sandboxPids();
  printTable('Memory of a process that has nothing to do', 'MB', [
    { name: 'of its own', value: kilobytes(pid, 'RssAnon') / 1_024 },
    { name: 'with code that all share', value: kilobytes(pid, 'VmRSS') / 1_024 },
  ]);

  const preview = () => runInSandbox(liquid, { timeoutMs, owner: 'b', urgent: true });
  await Promise.all(['a', 'b', 'c'].map((owner) => runInSandbox(count, { timeoutMs, owner })));
  const [quiet = 0] = await inTurns([preview], RUNS);
  const endless = Array.from({ length: 12 }, () =>
    runInSandbox({ language: 'jsonata', program: ENDLESS, input: {} }, { timeoutMs, owner: 'a' }).catch(
      () => undefined,
    ),
  );
  const [busy = 0] = await inTurns([preview], RUNS);
  await closeSandbox();
  await Promise.all(endless);
  printTable("A neighbour's preview, while twelve endless expressions of one member run and wait", 'µs median', [
    { name: 'quiet', value: quiet * 1_000 },
    { name: 'twelve', value: busy * 1_000 },
  ]);
}

/** Median of each, in milliseconds; taken in turns, so that whatever disturbs the machine disturbs all. */
async function inTurns(works: readonly (() => Promise<unknown>)[], runs: number): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let n = 0; n < runs; n += 1) {
    for (const [index, work] of works.entries()) times[index]!.push(await timed(work));
  }
  return times.map((each) => percentile(each, 0.5));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const kilobytes = (pid: number, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
