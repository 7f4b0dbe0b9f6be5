import { isAddressRange, listOf, readSettings, setting, settingsGroup, wholeNumber } from '@flowmesh/platform/config';
import type { JsonTextLimits } from '@flowmesh/platform/json';

/** Limits of one request. Refusals name the limit that was exceeded. See docs/reference/limits.md. */
export interface GatewayLimits {
  /** Bytes of a request body. JSON inputs may have 1 MB each. */
  readonly bodyBytes: number;
  /** The same for clients that are not signed in, whose operations need little. */
  readonly strangerBytes: number;
  /** Characters of the text of an operation; large values belong in variables. */
  readonly textCharacters: number;
  /** Tokens of the text, without comments. */
  readonly tokens: number;
  /** Nested fields, from the root to the deepest leaf. `__schema` and `__type` are limited by their cost instead. */
  readonly depth: number;
  /** Fields of one operation, with fragments expanded. */
  readonly fields: number;
  /** Different fields at the root of one operation, including those of fragments. */
  readonly rootFields: number;
  /** Aliases of one operation, with fragments expanded. */
  readonly aliases: number;
  /** Directives of one operation, with fragments expanded. */
  readonly directives: number;
  /** Objects that the result of an operation can contain; lists count with their page size. */
  readonly cost: number;
  /** Values in the variables, including those in lists and objects. */
  readonly variableValues: number;
  /** Nested lists and objects, in variables and in the text. */
  readonly valueDepth: number;
  /** Simultaneous operations, including subscriptions, over one WebSocket. */
  readonly operationsPerSocket: number;
  /** Simultaneous operations in this process; those that take longer than 10 s do not count. */
  readonly operationsInFlight: number;
  /** Operations that wait briefly for one of those to end. */
  readonly operationsWaiting: number;
}

/** With less, nobody could sign in: an operation with a password costs 8,000. */
const LEAST_COST = 10_000;

const limit = (usual: number, meaning: string, least = 1) =>
  setting(wholeNumber(least), { default: String(usual), meaning });

const limits = {
  GRAPHQL_MAX_BODY_BYTES: limit(2 * 1024 * 1024, 'Bytes of a request, or of a message over WebSocket.'),
  GRAPHQL_MAX_STRANGER_BYTES: limit(64 * 1024, 'The same of somebody who is not signed in.'),
  GRAPHQL_MAX_TEXT: limit(100_000, 'Characters of the document.'),
  GRAPHQL_MAX_TOKENS: limit(3_000, 'Words and signs of the document, comments left out.'),
  GRAPHQL_MAX_DEPTH: limit(20, 'Fields within fields.'),
  GRAPHQL_MAX_FIELDS: limit(3_000, 'Fields and spreads of one operation, with fragments written out.'),
  GRAPHQL_MAX_ROOT_FIELDS: limit(20, 'Different fields at the root of one operation.'),
  GRAPHQL_MAX_ALIASES: limit(200, 'Aliases of one operation, with fragments written out.'),
  GRAPHQL_MAX_DIRECTIVES: limit(200, 'Directives of one operation, with fragments written out.'),
  GRAPHQL_MAX_COST: limit(25_000, 'Objects that one operation could be answered with.', LEAST_COST),
  GRAPHQL_MAX_VALUES: limit(50_000, 'Values in the variables, those in lists and objects included.'),
  GRAPHQL_MAX_VALUE_DEPTH: limit(64, 'Lists and objects within one another, in variables and in the document.'),
  GRAPHQL_MAX_OPERATIONS_PER_SOCKET: limit(100, 'Operations at the same time over one WebSocket.'),
  GRAPHQL_MAX_IN_FLIGHT: limit(
    100,
    'Operations at the same time in one process; those that take longer than 10 s do not count.',
  ),
  GRAPHQL_MAX_WAITING: limit(100, 'Operations that wait for one of those to end.'),
};

/** The limits: those that the operator has set, and defaults. */
export const limitSettings = settingsGroup({
  name: 'limits',
  title: 'Limits of a request',
  about: 'What exactly is counted, and what is answered beyond it: [limits of a request](reference/limits.md).',
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

/** The environment of the gateway: proxies, and pages of other origins. */
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
        otherwise: 'none: anybody can write that header',
        meaning: 'Proxies whose `X-Forwarded-For` the gateway believes.',
      },
    ),
    CORS_ORIGINS: setting(
      listOf(
        (entry) => URL.canParse(entry) && new URL(entry).origin === entry,
        'origins separated by commas, e.g. https://app.example.org',
      ),
      {
        otherwise: 'none',
        meaning:
          'Origins of web pages, other than our own, that may call the graph from a browser ([guide](reference/clients.md)).',
      },
    ),
  },
  toConfig: (values) => ({ trustProxy: values.TRUST_PROXY ?? [], corsOrigins: values.CORS_ORIGINS ?? [] }),
});

/** Allowance for the parts of a request around its variables. */
const AROUND_VARIABLES = { depth: 8, values: 1_000 } as const;

/** Limits of the JSON text of a request, checked before it is parsed. */
export function jsonTextLimits({ valueDepth, variableValues }: GatewayLimits): JsonTextLimits {
  return { maxDepth: valueDepth + AROUND_VARIABLES.depth, maxValues: variableValues + AROUND_VARIABLES.values };
}
