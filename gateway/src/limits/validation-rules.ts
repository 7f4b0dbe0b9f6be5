import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type ASTVisitor,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { LIMITS } from '../gateway-config.ts';

/** One operation cannot be a hundred: fields directly below the operation, in fragments counted once. */
const maxRootFieldsRule: ValidationRule = (context): ASTVisitor => ({
  [Kind.OPERATION_DEFINITION]: (operation) => {
    const fields = operation.selectionSet.selections.length;
    if (fields > LIMITS.rootFields) {
      const message = `An operation may have at most ${LIMITS.rootFields} fields at its root; this one has ${fields}.`;
      context.reportError(new GraphQLError(message, { nodes: [operation] }));
    }
  },
});

/** The packages type their visitors as classes; a rule is a function from context to visitor all the same. */
function asRule(rule: (context: Parameters<ValidationRule>[0]) => object): ValidationRule {
  return (context) => rule(context) as ASTVisitor;
}

/**
 * The packages throw out of the validation, which Apollo Server takes for an error of ours; here the refusal is reported
 * with the other problems of the document.
 */
const REPORT = {
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null, error: GraphQLError) =>
      context?.reportError(new GraphQLError(error.message.replace(/^Syntax Error: /, ''))),
  ],
};

/** Limits on the shape of an operation, checked with the standard rules and cached with them. */
export function limitRules(options: { readonly introspection: boolean }): ValidationRule[] {
  return [
    asRule(maxDepthRule({ n: LIMITS.depth, ignoreIntrospection: true, ...REPORT })),
    // The package exempts `__typename` unless told not to.
    asRule(maxAliasesRule({ n: LIMITS.aliases, allowList: [], ...REPORT })),
    asRule(maxDirectivesRule({ n: LIMITS.directives, ...REPORT })),
    maxRootFieldsRule,
    ...(options.introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ];
}
