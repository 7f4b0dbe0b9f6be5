import {
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { forbidden, reauthenticationRequired, unauthenticated } from '../errors/index.ts';
import type { AccessRules } from './access-rules.ts';
import { hasScope, isRecent, type Viewer } from './viewer.ts';

/** Null when the viewer may execute the operation, else why not. Costs nothing per field at execution. */
export type AccessGuard = (
  document: DocumentNode,
  operationName: string | undefined,
  viewer: Viewer,
) => GraphQLError | null;

interface Requirement {
  readonly coordinate: string;
  readonly scopes: readonly string[][];
  readonly session: boolean;
  readonly recent: boolean;
}

/**
 * Checks whole operations before they are executed: every field they name, in fragments too, against the rules. What
 * an operation asks is collected once per document; `_entities` is covered by the fragments on its types.
 */
export function createAccessGuard(schema: GraphQLSchema, rules: AccessRules): AccessGuard {
  const compiled = new WeakMap<DocumentNode, Map<string, readonly Requirement[]>>();
  return (document, operationName, viewer) => {
    let byOperation = compiled.get(document);
    if (!byOperation) compiled.set(document, (byOperation = new Map()));
    const key = operationName ?? '';
    let requirements = byOperation.get(key);
    if (!requirements)
      byOperation.set(key, (requirements = collectRequirements(schema, rules, document, operationName)));
    return firstRefusal(requirements, viewer);
  };
}

/** A field without a rule is never open: only administrators pass. */
const UNRULED = { scopes: [['*:*']], session: false, recent: false };

function isOtherOperation(node: OperationDefinitionNode, operationName: string | undefined): boolean {
  return operationName !== undefined && operationName !== '' && node.name?.value !== operationName;
}

function collectRequirements(
  schema: GraphQLSchema,
  rules: AccessRules,
  document: DocumentNode,
  operationName: string | undefined,
): readonly Requirement[] {
  const found = new Map<string, Requirement>();
  const types = new TypeInfo(schema);
  const require = (coordinate: string, { scopes, session, recent }: Omit<Requirement, 'coordinate'>) => {
    const key = JSON.stringify([scopes, session, recent]);
    if (!found.has(key)) found.set(key, { coordinate, scopes, session, recent });
  };
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.OPERATION_DEFINITION]: (node) => (isOtherOperation(node, operationName) ? false : undefined),
      [Kind.FIELD]: (node) => {
        const parent = types.getParentType();
        const name = node.name.value;
        // Introspection has a rule of its own; `_entities` and `_service` are answered to the gateway only.
        if (name.startsWith('__') || !parent || parent.name.startsWith('__')) return;
        if (name === '_entities' || name === '_service') return;
        const coordinate = `${parent.name}.${name}`;
        const fieldRules = rules.get(coordinate);
        if (!fieldRules) return require(coordinate, UNRULED);
        for (const rule of fieldRules) if (!rule.public) require(coordinate, rule);
      },
    }),
  );
  return [...found.values()];
}

function firstRefusal(requirements: readonly Requirement[], viewer: Viewer): GraphQLError | null {
  if (requirements.length === 0) return null;
  if (viewer.kind === 'anonymous') return unauthenticated();
  for (const { coordinate, scopes, session, recent } of requirements) {
    if (session && viewer.kind !== 'user')
      return forbidden(`${coordinate} cannot be used with an API key.`, { coordinate });
    if (!holdsOne(viewer, scopes)) {
      const wanted = scopes.map((alternative) => alternative.join(' and ')).join(', or ');
      return forbidden(`${coordinate} needs the scope ${wanted}.`, { coordinate, requiredScopes: scopes });
    }
    if (recent && !isRecent(viewer)) return reauthenticationRequired(coordinate, { coordinate });
  }
  return null;
}

/** Whether the viewer holds all scopes of one of the alternatives; without alternatives none are asked for. */
const holdsOne = (viewer: Viewer, scopes: readonly string[][]): boolean =>
  scopes.length === 0 || scopes.some((alternative) => alternative.every((scope) => hasScope(viewer, scope)));
