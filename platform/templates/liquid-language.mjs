import { Drop, Liquid } from 'liquidjs';
import { LRUCache } from 'lru-cache';

const MAX_TEMPLATE_CHARACTERS = 200_000;
const MAX_RESULT_CHARACTERS = 1_000_000;

// Templates come from users: they see their variables' own properties only, no files, and cannot run on or fill the
// memory. Time and memory are counted where Liquid looks; the sandbox ends what goes on between two looks.
const options = {
  ownPropertyOnly: true,
  strictFilters: true,
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

const textEngine = new Liquid(options);
const { escape, newline_to_br: lineBreaks } = textEngine.filters;

/** HTML: values are escaped, once, unless the last filter is `raw`. */
const htmlEngine = new Liquid({
  ...options,
  outputEscape(value) {
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

/** The first line of the library's message: the rest quotes the template. */
const messageOf = (error) => String(error?.message ?? error).split('\n')[0];

function failure(code, message, line) {
  return Object.assign(new Error(message), { details: { code, ...(Number.isInteger(line) && { line }) } });
}

/** Runs `work`; what it throws gets a code, and the line where it happened. */
function told(code, work) {
  try {
    return work();
  } catch (error) {
    if (error?.details) throw error;
    const message = messageOf(error);
    const isLimit = /limit exceeded|call stack size|Invalid (string|array) length/.test(message);
    throw failure(isLimit ? 'LIMIT' : code, message, error?.token?.getPosition?.()[0]);
  }
}

export function inspect(text) {
  return told('SYNTAX', () => textEngine.globalVariablesSync(parse(text, false), { partials: false }));
}

export function render(parts, variables) {
  let length = 0;
  return parts.map(({ text, html, layout }) => {
    const engine = html ? htmlEngine : textEngine;
    const renderOne = (source, scope) => {
      const templates = told('SYNTAX', () => parse(source, html));
      const result = told('RENDER', () => String(engine.renderSync(templates, scope)));
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
  return JSON.stringify('inspect' in program ? inspect(program.inspect) : render(program.render, variables));
}
