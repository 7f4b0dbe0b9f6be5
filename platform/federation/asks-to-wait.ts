import { BREAK, parse, valueFromASTUntyped, visit } from 'graphql';
import type { GraphQLRequest } from './source.ts';

/**
 * Whether an operation asks to be answered only when its work has ended: an input of one of its fields has `wait: true`,
 * in the text or by a variable. Defaults of variables are the caller's to fill in.
 */
export function asksToWait({ query, variables = {} }: GraphQLRequest): boolean {
  let found = false;
  visit(parse(query, { noLocation: true }), {
    Argument({ value }) {
      const input = valueFromASTUntyped(value, variables) as { readonly wait?: unknown } | null | undefined;
      found = input?.wait === true;
      return found ? BREAK : false;
    },
  });
  return found;
}
