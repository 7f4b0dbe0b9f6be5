import { isAddressRange, listOf, readSettings, setting, settingsGroup, wholeNumber } from '@flowmesh/platform/config';
import type { JsonTextLimits } from '@flowmesh/platform/json';

/** Limits for one request. Errors name the limit that was exceeded. See docs/reference/limits.md. */
export interface GatewayLimits {
  /** Bytes of a request body. JSON inputs may have 1 MB each. */
  readonly bodyBytes: number;
  /** The same for callers who are not signed in: what they may do needs little input. */
  readonly strangerBytes: number;
  /** Characters of the document; large values belong into variables. */
  readonly textCharacters: number;
  /** Tokens of the document without comments. */
  readonly tokens: number;
  /** Depth of nested fields. `__schema` and `__type` are limited by their cost instead. */
  readonly depth: number;
  /** Fields of one operation; fragments count wherever they are spread. */
  readonly fields: number;
  /** Different root fields of one operation, including those in fragments. */
  readonly rootFields: number;
  /** Aliases of one operation; fragments count wherever they are spread. */
  readonly aliases: number;
  /** Directives of one operation; fragments count wherever they are spread. */
  readonly directives: number;
  /** Objects that the answer to one operation could contain; lists are multiplied by their page size. */
  readonly cost: number;
  /** Values in the variables, including values in lists and objects. */
  readonly variableValues: number;
  /** Depth of nested lists and objects, in variables and in the document. */
  readonly valueDepth: number;
  /** Concurrent subscriptions and operations over one WebSocket. */
  readonly operationsPerSocket: number;
  /** Concurrent operations in this process; those that run longer than 10 seconds do not count. */
  readonly operationsInFlight: number;
  /** Operations that wait, briefly, because `operationsInFlight` is reached. */
  readonly operationsWaiting: number;
}

/** With less, nobody could sign in: every field that takes a password costs 8,000. */
const LEAST_COST = 10_000;

const limit = (usual: number, meaning: string, least = 1) =>
  setting(wholeNumber(least), { default: String(usual), meaning });

const limits = {
  GRAPHQL_MAX_BODY_BYTES: limit(2 * 1024 * 1024, 'Maximum size of a request, or of a WebSocket message, in bytes.'),
  GRAPHQL_MAX_STRANGER_BYTES: limit(64 * 1024, 'Maximum size for callers who are not signed in, in bytes.'),
  GRAPHQL_MAX_TEXT: limit(100_000, 'Maximum length of the document, in characters.'),
  GRAPHQL_MAX_TOKENS: limit(
    3_000,
    'Maximum number of tokens in the document (names, values and punctuation); comments do not count.',
  ),
  GRAPHQL_MAX_DEPTH: limit(20, 'Maximum depth of nested fields.'),
  GRAPHQL_MAX_FIELDS: limit(
    3_000,
    'Maximum number of fields and fragment spreads in one operation; fragments count wherever they are spread.',
  ),
  GRAPHQL_MAX_ROOT_FIELDS: limit(20, 'Maximum number of different root fields in one operation.'),
  GRAPHQL_MAX_ALIASES: limit(
    200,
    'Maximum number of aliases in one operation; fragments count wherever they are spread.',
  ),
  GRAPHQL_MAX_DIRECTIVES: limit(
    200,
    'Maximum number of directives in one operation; fragments count wherever they are spread.',
  ),
  GRAPHQL_MAX_COST: limit(
    25_000,
    'Maximum cost of one operation: the number of objects that its answer could contain.',
    LEAST_COST,
  ),
  GRAPHQL_MAX_VALUES: limit(
    50_000,
    'Maximum number of values in the variables, including values in lists and objects.',
  ),
  GRAPHQL_MAX_VALUE_DEPTH: limit(
    72,
    'Maximum depth of nested lists and objects, in variables and in the document: JSON data may be 64 deep, and stands in inputs.',
  ),
  GRAPHQL_MAX_OPERATIONS_PER_SOCKET: limit(100, 'Maximum number of concurrent operations over one WebSocket.'),
  GRAPHQL_MAX_IN_FLIGHT: limit(
    100,
    'Maximum number of concurrent operations in one process; those that run longer than 10 seconds do not count. The limit is lowered, down to 16, while the process is slow.',
  ),
  GRAPHQL_MAX_WAITING: limit(100, 'Maximum number of operations that wait because `GRAPHQL_MAX_IN_FLIGHT` is reached.'),
};

/** Limits of a request, with their defaults. */
export const limitSettings = settingsGroup({
  name: 'limits',
  title: 'Limits of a request',
  about:
    'For what exactly is counted, and for the errors beyond a limit, see [limits of a request](reference/limits.md).',
  settings: limits,
  toConfig: (values): GatewayLimits => ({
    bodyBytes: values.GRAPHQL_MAX_BODY_BYTES,
    strangerBytes: values.GRAPHQL_MAX_STRANGER_BYTES,
    textCharacters: values.GRAPHQL_MAX_TEXT,
    tokens: values.GRAPHQL_MAX_TOKENS,
    depth: values.GRAPHQL_MAX_DEPTH,
    fields: values.GRAPHQL_MAX_FIELDS,
    rootFields: values.GRAPHQL_MAX_ROOT_FIELDS,
    aliases: values.GRAPHQL_MAX_ALIASES,
    directives: values.GRAPHQL_MAX_DIRECTIVES,
    cost: values.GRAPHQL_MAX_COST,
    variableValues: values.GRAPHQL_MAX_VALUES,
    valueDepth: values.GRAPHQL_MAX_VALUE_DEPTH,
    operationsPerSocket: values.GRAPHQL_MAX_OPERATIONS_PER_SOCKET,
    operationsInFlight: values.GRAPHQL_MAX_IN_FLIGHT,
    operationsWaiting: values.GRAPHQL_MAX_WAITING,
  }),
});

export const DEFAULT_LIMITS: GatewayLimits = readSettings(limitSettings, {});

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/** Proxies in front of the gateway, and web pages of other origins. */
export const edgeSettings = settingsGroup({
  name: 'edge',
  title: 'The gateway and its surroundings',
  settings: {
    TRUST_PROXY: setting(
      listOf(
        (entry) => NAMED_RANGES.includes(entry) || isAddressRange(entry),
        `addresses or ranges separated by commas, e.g. 10.1.0.0/16, or ${NAMED_RANGES.join(', ')}`,
      ),
      {
        otherwise: 'none, because any client can send this header',
        meaning: 'Proxies whose `X-Forwarded-For` header the gateway trusts.',
      },
    ),
    CORS_ORIGINS: setting(
      listOf(
        (entry) => URL.canParse(entry) && new URL(entry).origin === entry,
        'origins separated by commas, e.g. https://app.example.org',
      ),
      {
        otherwise: 'none',
        meaning: 'Origins of other web pages that may call the graph from a browser ([guide](reference/clients.md)).',
      },
    ),
  },
  toConfig: (values) => ({ trustProxy: values.TRUST_PROXY ?? [], corsOrigins: values.CORS_ORIGINS ?? [] }),
});

/** Allowance for the parts of a request body around the variables. */
const AROUND_VARIABLES = { depth: 8, values: 1_000 } as const;

/** Limits that the JSON text of a request must meet before it is parsed. */
export function jsonTextLimits({ valueDepth, variableValues }: GatewayLimits): JsonTextLimits {
  return { maxDepth: valueDepth + AROUND_VARIABLES.depth, maxValues: variableValues + AROUND_VARIABLES.values };
}
