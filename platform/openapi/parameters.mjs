import { isObject } from './read-document.mjs';
import { followed, Unsupported } from './references.mjs';

/** In which styles parameters of each place can be sent; the first is the usual one. */
const STYLES = {
  path: ['simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
};
/** OpenAPI says that parameters of these names are none: others decide what is sent. */
const NO_PARAMETERS = new Set(['accept', 'content-type', 'authorization']);
const STYLE_NAMES = {
  simple: 'SIMPLE',
  form: 'FORM',
  spaceDelimited: 'SPACE_DELIMITED',
  pipeDelimited: 'PIPE_DELIMITED',
  deepObject: 'DEEP_OBJECT',
};

/** Parameters of the path and of the operation; those of the operation go before. */
export function declaredParameters(document, item, operation) {
  const found = new Map();
  for (const list of [item.parameters, operation.parameters]) {
    if (list === undefined) continue;
    if (!Array.isArray(list)) throw new Unsupported('its parameters are not a list');
    for (const given of list) {
      const parameter = followed(document, given);
      if (typeof parameter.name !== 'string' || parameter.name === '') throw new Unsupported('a parameter has no name');
      found.set(`${parameter.in} ${parameter.name}`, parameter);
    }
  }
  return [...found.values()].filter((each) => each.in !== 'header' || !NO_PARAMETERS.has(each.name.toLowerCase()));
}

/** Why a parameter cannot be sent as it is declared; null when it can. */
function obstacle({ in: place, style, explode, schema, allowReserved }) {
  if (place === 'cookie') return 'is a cookie';
  const styles = STYLES[place];
  if (styles === undefined) return `is in ${String(place)}`;
  if (!isObject(schema) && typeof schema !== 'boolean') return 'has a content of its own instead of a schema';
  if (style !== undefined && !styles.includes(style)) return `has the style ${String(style)}`;
  if (allowReserved === true) return 'is sent without encoding (allowReserved)';
  if (style === 'deepObject' && explode === false) return 'has the style deepObject without explode';
  if ((style === 'spaceDelimited' || style === 'pipeDelimited') && explode === true)
    return `has the style ${style} with explode`;
  return null;
}

/** How a parameter is sent; null for an optional one that cannot be sent, which `leftOut` is told. */
export function readParameter(parameter, leftOut) {
  const { in: place, name, required = false, schema, description } = parameter;
  const problem = obstacle(parameter);
  if (problem) {
    if (required) throw new Unsupported(`its parameter ${name} ${problem}, which is not supported`);
    leftOut(`The parameter ${name} is left out: it ${problem}, which is not supported.`);
    return null;
  }
  const style = parameter.style ?? STYLES[place][0];
  return {
    ...{ in: place.toUpperCase(), name, required: required === true || place === 'path', schema, description },
    style: STYLE_NAMES[style],
    explode: parameter.explode ?? (style === 'form' || style === 'deepObject'),
  };
}
