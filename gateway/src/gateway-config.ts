import { z } from 'zod';
import { ConfigError } from '@flowmesh/platform/config';
import type { JsonTextLimits } from '@flowmesh/platform/json';

/** Bounds of what one request may ask for. Refusals name the limit that was passed. See docs/guides/limits.md. */
export interface GatewayLimits {
  /** Bytes of a request body. JSON inputs may have 1 MB each. */
  readonly bodyBytes: number;
  /** The same for somebody who is not signed in: what they may do takes little. */
  readonly strangerBytes: number;
  /** Characters of the text of an operation; large values belong into variables. */
  readonly textCharacters: number;
  /** Words and signs of the text, comments left out. */
  readonly tokens: number;
  /** Fields in fields, from the root to the deepest leaf. `__schema` and `__type` are bounded by their cost instead. */
  readonly depth: number;
  /** Fields of one operation, each fragment written out wherever it is spread. */
  readonly fields: number;
  /** Different fields at the root of one operation, those of fragments included. */
  readonly rootFields: number;
  /** Aliases of one operation, fragments written out. */
  readonly aliases: number;
  /** Directives of one operation, fragments written out. */
  readonly directives: number;
  /** Objects an operation can make us produce, lists multiplied by their page size. */
  readonly cost: number;
  /** Values in the variables, those in lists and objects included. */
  readonly variableValues: number;
  /** Lists and objects in each other, in variables and in the text. */
  readonly valueDepth: number;
  /** Subscriptions and operations at the same time over one WebSocket. */
  readonly operationsPerSocket: number;
  /** Operations at the same time in this process; those that take longer than 10 s do not count. */
  readonly operationsInFlight: number;
  /** Operations that wait, for a moment, until one of those has ended. */
  readonly operationsWaiting: number;
}

/** The variable that sets each limit, and what holds without it. */
const SETTINGS = {
  bodyBytes: ['GRAPHQL_MAX_BODY_BYTES', 2 * 1024 * 1024],
  strangerBytes: ['GRAPHQL_MAX_STRANGER_BYTES', 64 * 1024],
  textCharacters: ['GRAPHQL_MAX_TEXT', 100_000],
  tokens: ['GRAPHQL_MAX_TOKENS', 3_000],
  depth: ['GRAPHQL_MAX_DEPTH', 20],
  fields: ['GRAPHQL_MAX_FIELDS', 3_000],
  rootFields: ['GRAPHQL_MAX_ROOT_FIELDS', 20],
  aliases: ['GRAPHQL_MAX_ALIASES', 200],
  directives: ['GRAPHQL_MAX_DIRECTIVES', 200],
  cost: ['GRAPHQL_MAX_COST', 25_000],
  variableValues: ['GRAPHQL_MAX_VALUES', 50_000],
  valueDepth: ['GRAPHQL_MAX_VALUE_DEPTH', 64],
  operationsPerSocket: ['GRAPHQL_MAX_OPERATIONS_PER_SOCKET', 100],
  operationsInFlight: ['GRAPHQL_MAX_IN_FLIGHT', 100],
  operationsWaiting: ['GRAPHQL_MAX_WAITING', 100],
} as const satisfies Record<keyof GatewayLimits, readonly [variable: string, value: number]>;

const NAMES = Object.keys(SETTINGS) as (keyof GatewayLimits)[];

export const DEFAULT_LIMITS: GatewayLimits = limitsOf((name) => SETTINGS[name][1]);

/** Names of all variables that are read here. */
export const GATEWAY_VARIABLES: readonly string[] = NAMES.map((name) => SETTINGS[name][0]);

/** Room for what is around the variables in a request. */
const AROUND_VARIABLES = { depth: 8, values: 1_000 } as const;

/** What the text of a request may hold, before anything is made of it. */
export function jsonTextLimits({ valueDepth, variableValues }: GatewayLimits): JsonTextLimits {
  return { maxDepth: valueDepth + AROUND_VARIABLES.depth, maxValues: variableValues + AROUND_VARIABLES.values };
}

/** With less, nobody could sign in: whatever takes a password counts 8,000. */
const LEAST_COST = 10_000;

const leastOf = (name: keyof GatewayLimits): number => (name === 'cost' ? LEAST_COST : 1);

/** The limits an operator has set, and the others as they are. Throws `ConfigError` with all problems. */
export function loadGatewayLimits(environment: NodeJS.ProcessEnv = process.env): GatewayLimits {
  const problems: string[] = [];
  const limits = limitsOf((name) => {
    const [variable, usual] = SETTINGS[name];
    const given = environment[variable];
    if (given === undefined || given === '') return usual;
    const least = leastOf(name);
    const { success, data } = z.coerce.number().int().min(least).max(Number.MAX_SAFE_INTEGER).safeParse(given);
    if (!success) problems.push(`${variable} must be a whole number from ${least.toLocaleString('en')}`);
    return data ?? usual;
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return limits;
}

function limitsOf(valueOf: (name: keyof GatewayLimits) => number): GatewayLimits {
  return Object.fromEntries(NAMES.map((name) => [name, valueOf(name)])) as unknown as GatewayLimits;
}
