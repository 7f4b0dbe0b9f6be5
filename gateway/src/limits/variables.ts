import {
  coerceInputValue,
  isInputType,
  isNonNullType,
  typeFromAST,
  valueFromASTUntyped,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { badInput, type PublicError } from '@flowmesh/platform/errors';
import { formatPath, textProblem } from '@flowmesh/platform/validation';
import type { GatewayLimits } from '../gateway-config.ts';
import { shortened } from './shortened.ts';

export type Variables = Readonly<Record<string, unknown>>;

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const TOO_MANY = 'too many values';

/**
 * Problems of variables that are independent of their types: too many values, too deep nesting, text that no database
 * can store. The message names the path. Takes time proportional to their size; must run before anything else reads
 * them.
 */
export function variableShapeProblem(raw: Variables, limits: GatewayLimits): PublicError | null {
  const path: (string | number)[] = [];
  let valuesLeft = limits.variableValues;

  function problemIn(value: unknown): string | null {
    valuesLeft -= 1;
    if (valuesLeft < 0) return TOO_MANY;
    if (typeof value === 'string') return textProblem(value);
    if (typeof value !== 'object' || value === null) return null;
    // The names of variables are the first level of the path, but do not count as nesting.
    if (path.length > limits.valueDepth) return `is nested deeper than ${limits.valueDepth} levels`;
    return Array.isArray(value) ? problemOfItems(value) : problemOfKeys(value as Variables);
  }

  function problemOfItems(items: readonly unknown[]): string | null {
    for (const [index, item] of items.entries()) {
      path.push(index);
      const problem = problemIn(item);
      if (problem) return problem;
      path.pop();
    }
    return null;
  }

  function problemOfKeys(object: Variables): string | null {
    for (const key of Object.keys(object)) {
      const ofKey = textProblem(key);
      if (ofKey) return `has a key that ${ofKey}`;
      path.push(key);
      const problem = problemIn(object[key]);
      if (problem) return problem;
      path.pop();
    }
    return null;
  }

  const problem = problemOfKeys(raw);
  if (problem === TOO_MANY) {
    return badInput(
      'variables',
      `may have at most ${limits.variableValues.toLocaleString('en')} values; send less at once`,
    );
  }
  return problem === null ? null : refusal({ path, message: problem });
}

export type CoercedVariables =
  /** The declared variables, as sent, with defaults for absent ones. */
  | { readonly variables: Record<string, unknown> }
  /** At most ten. Each names the variable, the path in it, and what is expected. */
  | { readonly errors: readonly PublicError[] };

const MAX_ERRORS = 10;
const ENOUGH = new Error('enough problems');

/**
 * Checks the variables of a valid operation against their types. They are not converted: each executor coerces them
 * with its own schema.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  raw: Variables,
): CoercedVariables {
  const variables: Record<string, unknown> = {};
  const errors: PublicError[] = [];
  const report = (problem: Problem) => {
    errors.push(refusal(problem));
    // Stops at the tenth error: nobody reads 100,000 errors of a list, and finding them takes seconds.
    if (errors.length >= MAX_ERRORS) throw ENOUGH;
  };
  try {
    for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
      const name = variable.name.value;
      const type = typeFromAST(schema, typeNode as Parameters<typeof typeFromAST>[1]);
      if (!type || !isInputType(type)) continue;
      const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
      if (value === undefined) {
        if (defaultValue) variables[name] = valueFromASTUntyped(defaultValue);
        else if (isNonNullType(type)) report({ path: [name], message: `is missing; it must be of the type ${type}` });
        continue;
      }
      variables[name] = value;
      checkValue(type, name, value, report);
    }
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
  return errors.length > 0 ? { errors } : { variables };
}

function checkValue(type: GraphQLInputType, name: string, value: unknown, report: (problem: Problem) => void): void {
  // Without suggestions, which compare each unknown key with all known ones, character by character.
  const hideSuggestions = true;
  coerceInputValue(
    value,
    type,
    (path, _value, error) => report({ path: [name, ...path], message: error.message }),
    hideSuggestions,
  );
}

function refusal({ path, message }: Problem): PublicError {
  return badInput(shortened(formatPath(path)), shortened(message));
}
