import { checkSchemas } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import { inspectTemplate } from '@flowmesh/platform/templates';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { TemplateKind, TemplateTexts, TemplateValues, TemplateVariable } from './template-record.ts';
import { neverThere, valueProblems } from './template-variables.ts';

/** Channels that show a subject, and those that show HTML. */
const WITH_SUBJECT: ReadonlySet<Channel> = new Set(['EMAIL', 'IN_APP', 'SLACK', 'WEBHOOK']);
const WITH_HTML: ReadonlySet<Channel> = new Set(['EMAIL', 'IN_APP']);

interface Checked extends TemplateValues {
  readonly channel: Channel;
  readonly kind: TemplateKind;
}

/** Everything that is wrong with the texts of a template, in all its languages. Paths as the input has them. */
export async function textProblems(template: Checked, whom: Requester): Promise<InvalidField[]> {
  const others = Object.entries(template.translations);
  const problems = await Promise.all([
    problemsOf(template, template, '', whom),
    ...others.map(([, texts], index) => problemsOf(template, texts, `translations[${index}].`, whom)),
  ]);
  const own = others.findIndex(([language]) => language === template.language);
  const misplaced =
    own === -1 ? [] : [{ path: `translations[${own}].language`, message: 'is the language of the template itself' }];
  return [...misplaced, ...placeProblems(template), ...problems.flat()];
}

/** What is wrong with the schemas of variables, and with their defaults. */
export async function variableProblems(
  variables: readonly TemplateVariable[],
  whom: Requester,
): Promise<InvalidField[]> {
  const withSchema = variables.flatMap(({ schema }, index) => (schema === null ? [] : [{ schema, index }]));
  const problems = await checkSchemas(
    withSchema.map(({ schema }) => schema),
    whom,
  );
  const wrong = withSchema.flatMap(({ index }, at) =>
    (problems[at] ?? []).map(({ message }) => ({ path: `variables[${index}].schema`, message })),
  );
  if (wrong.length > 0) return wrong;
  const defaults = variables.flatMap((variable, index) =>
    variable.default === null ? [] : [{ variable, value: variable.default, path: `variables[${index}].default` }],
  );
  return valueProblems(defaults, whom);
}

function placeProblems({ kind, layoutId, category }: Checked): InvalidField[] {
  if (kind === 'MESSAGE') return [];
  return [
    ...(layoutId === null ? [] : [{ path: 'layoutId', message: 'must be left out: a layout has none' }]),
    ...(category === null ? [] : [{ path: 'category', message: 'must be left out: it is for messages' }]),
  ];
}

async function problemsOf(
  template: Checked,
  texts: TemplateTexts,
  prefix: string,
  whom: Requester,
): Promise<InvalidField[]> {
  const { channel, kind } = template;
  const problems: InvalidField[] = [];
  const say = (path: string, message: string) => problems.push({ path: `${prefix}${path}`, message });
  if (texts.subjectTemplate === null) {
    if (channel === 'EMAIL' && kind === 'MESSAGE') say('subjectTemplate', 'is required for e-mail');
  } else if (kind === 'LAYOUT') {
    say('subjectTemplate', 'must be left out: a layout stands around the content only');
  } else if (!WITH_SUBJECT.has(channel)) {
    say('subjectTemplate', `must be left out: ${channel} shows none`);
  }
  if (texts.htmlTemplate !== null && !WITH_HTML.has(channel)) {
    say('htmlTemplate', `must be left out: ${channel} shows no HTML`);
  }
  for (const field of ['subjectTemplate', 'contentTemplate', 'htmlTemplate'] as const) {
    const text = texts[field];
    if (text !== null) for (const message of await liquidProblems(template, text, whom)) say(field, message);
  }
  return problems;
}

async function liquidProblems({ kind, variables }: Checked, text: string, whom: Requester): Promise<string[]> {
  const { problem, reads } = await inspectTemplate(text, whom);
  if (problem) return [problem.line === undefined ? problem.message : `${problem.message} (line ${problem.line})`];
  const used = new Set(reads.map(([name = '']) => name));
  const known = new Set(['unsubscribeUrl']);
  if (kind === 'LAYOUT') {
    if (!used.has('content')) return ['must have {{ content }} where the message goes'];
    known.add('content');
  }
  const declared = new Map(variables.map((variable) => [variable.name, variable]));
  const unknown = [...used].filter((name) => !known.has(name) && !declared.has(name));
  return [
    ...unknown.map((name) => `uses ${name}, which is not among its variables`),
    ...reads.flatMap((path) => {
      const variable = declared.get(path[0] ?? '');
      const message = variable && neverThere(variable, path);
      return message ? [message] : [];
    }),
  ];
}
