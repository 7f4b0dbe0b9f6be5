import { Drop } from 'liquidjs';

// Where a template would print nothing, or what nobody can read, without a word.

/** Of tokens that read a variable otherwise than an output does: what to write where the variable may be missing. */
const ways = new WeakMap();

/** What to write where `variable`, read by `token`, may have no value. */
export function adviceFor(variable, token) {
  return ways.get(token)?.(variable) ?? `write {{ ${variable} | default: "" }} where it may be missing`;
}

/** Makes an engine miss what is assigned as it misses what is printed, and remember how a variable is read. */
export function findGaps(engine) {
  engine.registerTag(
    'assign',
    class extends engine.tags.assign {
      constructor(...given) {
        super(...given);
        for (const token of this.value.initial.postfix) {
          ways.set(token, (variable) => `write ${variable} | default: "" where it may be missing`);
        }
      }

      // The library lets what is assigned be missing where conditions may ask for it.
      *render(context) {
        context.bottom()[this.key] = yield this.value.value(context, false);
      }
    },
  );
  for (const name of ['for', 'tablerow']) {
    engine.registerTag(
      name,
      class extends engine.tags[name] {
        constructor(...given) {
          super(...given);
          ways.set(
            this.collection,
            (variable) => `put {% if ${variable} %} … {% endif %} around the loop where it may be missing`,
          );
        }
      },
    );
  }
}

const MAX_KEYS = 5;

/** Throws for an object, alone or in a list: it has no text. */
export function refuseObject(value) {
  if (typeof value !== 'object' || value === null || value instanceof Drop) return;
  if (Array.isArray(value)) {
    value.forEach(refuseObject);
    return;
  }
  const keys = Object.keys(value);
  const named = keys.length > MAX_KEYS ? `${keys.slice(0, MAX_KEYS).join(', ')} …` : keys.join(', ');
  throw new Error(`an object (${named}) has no text: write one of its keys, or | json for all of them`);
}

/** Filters of the library that make a text of what they are given. */
export const TEXT_FILTERS = `append prepend upcase downcase capitalize lstrip rstrip strip strip_newlines squish split
  remove remove_first remove_last replace replace_first replace_last truncate truncatewords normalize_whitespace
  number_of_words join array_to_sentence_string escape xml_escape escape_once newline_to_br strip_html url_encode
  url_decode cgi_escape uri_escape slugify base64_encode base64_decode`.split(/\s+/);

/** Such a filter, refusing objects: the library would write `[object Object]`. */
export function textFilter(libraryFilter) {
  const { handler = libraryFilter, ...rest } = typeof libraryFilter === 'function' ? {} : libraryFilter;
  const ofTexts = function (...given) {
    given.forEach(refuseObject);
    return handler.apply(this, given);
  };
  return Object.keys(rest).length > 0 ? { ...rest, handler: ofTexts } : ofTexts;
}
