import { isObject } from './read-document.mjs';

const MAX_SERVERS = 20;
/** Stands for where a document is, which its relative addresses begin with. */
const HERE = 'https://here.invalid/';

/** Of the first servers, with the defaults of their variables. */
export function urlsOf(servers) {
  const given = (Array.isArray(servers) ? servers : []).filter(
    (each) => isObject(each) && typeof each.url === 'string',
  );
  return given.slice(0, MAX_SERVERS).map(({ url, variables }) =>
    url.replace(/\{([^{}]*)\}/g, (whole, name) => {
      const variable = isObject(variables) ? variables[name] : undefined;
      return isObject(variable) && typeof variable.default === 'string' ? variable.default : whole;
    }),
  );
}

/** The same, written so that equal addresses are equal texts. Without servers it is the root of where the document is. */
export function addressesOf(servers) {
  const urls = urlsOf(servers);
  return (urls.length === 0 ? ['/'] : urls).map((url) =>
    URL.canParse(url, HERE) ? new URL(url, HERE).href.replace(/\/+$/, '') : url,
  );
}
