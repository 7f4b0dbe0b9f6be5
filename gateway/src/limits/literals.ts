import { BREAK, GraphQLError, Kind, visit, type ASTNode, type DocumentNode } from 'graphql';
import { ErrorCode } from '@flowmesh/platform/errors';
import { textProblem } from '@flowmesh/platform/validation';
import type { GatewayLimits } from '../gateway-config.ts';

/** Problems of a literal that are independent of its type: text that no database can store, and too deep nesting. */
export function literalProblem(document: DocumentNode, limits: GatewayLimits): GraphQLError | null {
  let problem: GraphQLError | null = null;
  let depth = 0;
  const refuse = (node: ASTNode, code: ErrorCode, message: string) => {
    problem = new GraphQLError(message, { nodes: [node], extensions: { code } });
    return BREAK;
  };
  const nested = {
    enter: (node: ASTNode) => {
      depth += 1;
      if (depth <= limits.valueDepth) return undefined;
      return refuse(node, ErrorCode.validationFailed, `Values may be nested ${limits.valueDepth} levels deep at most.`);
    },
    leave: () => {
      depth -= 1;
    },
  };
  visit(document, {
    [Kind.STRING]: (node) => {
      const reason = textProblem(node.value);
      return reason ? refuse(node, ErrorCode.badInput, `A string ${reason}.`) : undefined;
    },
    [Kind.LIST]: nested,
    [Kind.OBJECT]: nested,
  });
  return problem;
}
