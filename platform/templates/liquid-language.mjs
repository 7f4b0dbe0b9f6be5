import { Drop, Liquid, toValueSync, Value } from 'liquidjs';
import { LRUCache } from 'lru-cache';
import { conditionProblem, readWholeConditions } from './liquid-conditions.mjs';
import { dateFilter, dateFormatProblem, ofMoments, timeZoneProblem } from './liquid-dates.mjs';
import { adviceFor, findGaps, refuseObject, TEXT_FILTERS, textFilter } from './liquid-gaps.mjs';
import { NUMBER_FILTERS, numberFilter, sumFilter } from './liquid-numbers.mjs';

const MAX_TEMPLATE_CHARACTERS = 200_000;
const MAX_RESULT_CHARACTERS = 1_000_000;

// Templates come from users: they see their variables' own properties only, no files, and cannot run on or fill the
// memory. Time and memory are counted where Liquid looks; the sandbox ends what goes on between two looks.
const options = {
  ownPropertyOnly: true,
  strictFilters: true,
  // Where a template asks for variables that must be there: not in a condition, nor before `default`.
  lenientIf: true,
  templates: {},
  timezoneOffset: 'UTC',
  locale: 'en-US',
  parseLimit: MAX_TEMPLATE_CHARACTERS,
  renderLimit: 150,
  memoryLimit: 5_000_000,
};

/** Text that is HTML already. */
class Markup extends Drop {
  constructor(text) {
    super();
    this.valueOf = () => text;
  }
}

const textEngine = new Liquid({
  ...options,
  outputEscape(value) {
    refuseObject(value);
    return value;
  },
});
const { escape, newline_to_br: lineBreaks } = textEngine.filters;

/** HTML: values are escaped, once, unless the last filter is `raw`. */
const htmlEngine = new Liquid({
  ...options,
  outputEscape(value) {
    refuseObject(value);
    return value instanceof Markup ? value.valueOf() : escape.call(this, value);
  },
});
htmlEngine.registerFilter('escape', { raw: true, handler: escape });
htmlEngine.registerFilter('newline_to_br', {
  raw: true,
  handler(value) {
    return lineBreaks.call(this, escape.call(this, value));
  },
});

for (const engine of [textEngine, htmlEngine]) {
  findGaps(engine);
  readWholeConditions(engine);
  engine.registerFilter('date', dateFilter(engine.filters.date));
  for (const name of ['date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string']) {
    engine.registerFilter(name, ofMoments(engine.filters[name]));
  }
  for (const name of Object.keys(NUMBER_FILTERS)) {
    engine.registerFilter(name, numberFilter(name, engine.filters[name]));
  }
  engine.registerFilter('sum', sumFilter(engine.filters.sum, engine.filters.map));
  for (const name of TEXT_FILTERS) engine.registerFilter(name, textFilter(engine.filters[name]));
  // There are no other templates to include, so that this is found out before anything is rendered.
  for (const tag of ['include', 'render', 'layout', 'block']) delete engine.tags[tag];
}

/** A parsed template takes some hundred bytes for each character of its marks. */
const MAX_PARSED_CHARACTERS = 300_000;
const parsed = new LRUCache({ maxSize: MAX_PARSED_CHARACTERS, sizeCalculation: (_templates, key) => key.length + 100 });

function parse(text, html) {
  const key = `${html ? 'html' : 'text'}:${text}`;
  let templates = parsed.get(key);
  if (!templates) {
    templates = (html ? htmlEngine : textEngine).parse(text);
    parsed.set(key, templates);
  }
  return templates;
}

/** The first line of the library's message without the place, which is told beside it: the rest quotes the template. */
function messageOf(error) {
  const [message] = String(error?.message ?? error).split('\n');
  return message.replace(/(, file:.*)?, line:\d+, col:\d+$/, '');
}

function failure(code, message, line, more) {
  return Object.assign(new Error(message), { details: { code, ...(Number.isInteger(line) && { line }), ...more } });
}

/** Runs `work`; what it throws gets a code, and the line where it happened. */
function told(code, work) {
  try {
    return work();
  } catch (error) {
    if (error?.details) throw error;
    const message = (code === 'SYNTAX' && conditionProblem(error?.token)) || messageOf(error);
    const line = error?.token?.getPosition?.()[0];
    const [, variable] = /^undefined variable: (.*)$/s.exec(message) ?? [];
    if (variable !== undefined) {
      const advice = adviceFor(variable, error.token);
      throw failure(code, `${variable} has no value`, line, { variable, advice });
    }
    const isLimit = /limit exceeded|call stack size|Invalid (string|array) length/.test(message);
    throw failure(isLimit ? 'LIMIT' : code, message, line);
  }
}

/** Paths that a template reads from its variables: `[['user', 'name'], ['items']]`. */
function inspect(text) {
  return told('SYNTAX', () => {
    const templates = parse(text, false);
    checkDates(templates);
    const paths = textEngine.globalVariableSegmentsSync(templates, { partials: false });
    // What stands behind a value that is only known later is not looked at.
    return paths.map((path) => path.slice(0, endOfNames(path)).map(String));
  });
}

function endOfNames(path) {
  const end = path.findIndex((segment) => typeof segment !== 'string' && typeof segment !== 'number');
  return end === -1 ? path.length : end;
}

/** Formats and time zones that are written out are known to be wrong before they are used. */
function checkDates(templates) {
  for (const template of templates) {
    for (const argument of template.arguments?.() ?? []) {
      if (argument instanceof Value) for (const filter of argument.filters) checkDate(filter, template.token);
    }
    checkDates(toValueSync(template.children?.(false, true) ?? []));
  }
}

function checkDate({ name, args: [format, zone] }, token) {
  if (name !== 'date') return;
  const isWritten = (argument) => ['string', 'number'].includes(typeof argument?.content);
  const problem =
    (isWritten(format) ? dateFormatProblem(String(format.content)) : null) ??
    (isWritten(zone) ? timeZoneProblem(zone.content) : null);
  if (problem) throw Object.assign(new Error(problem), { token });
}

/** `strict`: what a template prints must have a value, even if it is null. */
function render(parts, variables, strict) {
  let length = 0;
  return parts.map(({ text, html, layout }) => {
    const engine = html ? htmlEngine : textEngine;
    const renderOne = (source, scope) => {
      const templates = told('SYNTAX', () => parse(source, html));
      const result = told('RENDER', () => String(engine.renderSync(templates, scope, { strictVariables: strict })));
      length += result.length;
      if (length > MAX_RESULT_CHARACTERS) throw failure('LIMIT', 'the result exceeds 1,000,000 characters');
      return result;
    };
    const content = renderOne(text, { ...variables });
    return layout == null
      ? content
      : renderOne(layout, { ...variables, content: html ? new Markup(content) : content });
  });
}

export function runLiquid(program, variables) {
  return JSON.stringify(
    'inspect' in program ? inspect(program.inspect) : render(program.render, variables, program.strict),
  );
}
