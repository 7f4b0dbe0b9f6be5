import { BREAK, parse, valueFromASTUntyped, visit } from 'graphql';
import type { GraphQLRequest } from './source.ts';

/** Fields whose work is a call to somebody outside, with a deadline of its own that its owner has chosen. */
const ALWAYS_WAIT: ReadonlySet<string> = new Set(['invokeIntegration']);

/** Whether it is worth looking: most operations name none of this, and need not be parsed. */
export const mayAskToWait = (body: string): boolean =>
  body.includes('wait') || [...ALWAYS_WAIT].some((field) => body.includes(field));

/**
 * Whether an operation asks to be answered only when its work has ended: an input of one of its fields has `wait: true`,
 * in the text or by a variable, or one of its fields always waits. Defaults of variables are the caller's to fill in.
 */
export function asksToWait({ query, variables = {} }: GraphQLRequest): boolean {
  let found = false;
  visit(parse(query, { noLocation: true }), {
    Field({ name }) {
      found = ALWAYS_WAIT.has(name.value);
      return found ? BREAK : undefined;
    },
    Argument({ value }) {
      const input = valueFromASTUntyped(value, variables) as { readonly wait?: unknown } | null | undefined;
      found = input?.wait === true;
      return found ? BREAK : false;
    },
  });
  return found;
}
