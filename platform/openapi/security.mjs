import { isObject } from './read-document.mjs';
import { followed, Unsupported } from './references.mjs';
import { shown } from './shown.mjs';

const MAX_SCHEMES = 20;
const MAX_TEXT = 2_000;
const scopesOf = ({ scopes }) => {
  const names = isObject(scopes) ? Object.keys(scopes).join(' ') : '';
  return names === '' || names.length > MAX_TEXT ? {} : { scope: names };
};

function oauth2(flows) {
  const { clientCredentials, authorizationCode } = isObject(flows) ? flows : {};
  if (isObject(authorizationCode)) {
    const { authorizationUrl, tokenUrl } = authorizationCode;
    return { type: 'OAUTH2_AUTHORIZATION_CODE', authorizationUrl, tokenUrl, ...scopesOf(authorizationCode) };
  }
  if (isObject(clientCredentials)) {
    const { tokenUrl } = clientCredentials;
    return { type: 'OAUTH2_CLIENT_CREDENTIALS', tokenUrl, ...scopesOf(clientCredentials) };
  }
  return null;
}

/** The authentication of an HTTP integration that does the same, without what only its user knows; null without one. */
function configurationOf({ type, scheme, in: place, name, flows }) {
  if (type === 'http' && /^basic$/i.test(scheme)) return { type: 'BASIC' };
  if (type === 'http' && /^bearer$/i.test(scheme)) return { type: 'BEARER' };
  if (type === 'apiKey' && place === 'header') return { type: 'API_KEY', in: 'HEADER', name };
  if (type === 'apiKey' && place === 'query') return { type: 'API_KEY', in: 'QUERY', name };
  return type === 'oauth2' ? oauth2(flows) : null;
}

/** What is no text is left out: the configuration of an integration would refuse it. */
const told = (authentication) =>
  authentication &&
  Object.fromEntries(
    Object.entries(authentication).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, shown(value, MAX_TEXT)]] : [],
    ),
  );

/** The ways to say who calls that the document declares. */
export function readSecuritySchemes(document) {
  const { components } = document;
  const schemes = isObject(components) && isObject(components.securitySchemes) ? components.securitySchemes : {};
  return Object.entries(schemes)
    .slice(0, MAX_SCHEMES)
    .map(([name, given]) => {
      try {
        return { name: shown(name, 500), authentication: told(configurationOf(followed(document, given))) };
      } catch (error) {
        if (error instanceof Unsupported) return { name: shown(name, 500), authentication: null };
        throw error;
      }
    });
}
