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
import type { AccessRule, AccessRules } from './access-rules.ts';
import { hasScope, isRecent, type SignedInViewer, type Viewer } from './viewer.ts';

/** Null when the viewer may execute the operation, otherwise the error. Adds no cost per field at execution. */
export type AccessGuard = (
  document: DocumentNode,
  operationName: string | undefined,
  viewer: Viewer,
) => GraphQLError | null;

interface Requirement {
  readonly coordinate: string;
  readonly rule: AccessRule;
}

/**
 * Checks whole operations against the access rules before execution: every field they select, including in fragments.
 * The requirements are collected once per document; `_entities` is covered by the fragments on its types.
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

/** The rule of a field that has none: only administrators may use it. */
const UNRULED: AccessRule = {
  public: false,
  scopes: [['*:*']],
  machineScopes: [],
  session: false,
  recent: false,
  withoutFactor: false,
};

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
  const require = (coordinate: string, rule: AccessRule) => {
    if (rule.public && rule.machineScopes.length === 0) return;
    const key = JSON.stringify(rule);
    if (!found.has(key)) found.set(key, { coordinate, rule });
  };
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.OPERATION_DEFINITION]: (node) => (isOtherOperation(node, operationName) ? false : undefined),
      [Kind.FIELD]: (node) => {
        const parent = types.getParentType();
        const name = node.name.value;
        // Introspection has its own rule; only the gateway can reach `_entities` and `_service`.
        if (name.startsWith('__') || !parent || parent.name.startsWith('__')) return;
        if (name === '_entities' || name === '_service') return;
        const coordinate = `${parent.name}.${name}`;
        const fieldRules = rules.get(coordinate);
        if (!fieldRules) return require(coordinate, UNRULED);
        for (const rule of fieldRules) require(coordinate, rule);
      },
    }),
  );
  return [...found.values()];
}

function firstRefusal(requirements: readonly Requirement[], viewer: Viewer): GraphQLError | null {
  if (viewer.kind === 'anonymous') return requirements.some(({ rule }) => !rule.public) ? unauthenticated() : null;
  for (const { coordinate, rule } of requirements) {
    const refusal = refusalOf(coordinate, rule, viewer);
    if (refusal) return refusal;
  }
  return null;
}

function refusalOf(coordinate: string, rule: AccessRule, viewer: SignedInViewer): GraphQLError | null {
  const isPerson = viewer.kind === 'user';
  if (!rule.public && rule.session && !isPerson)
    return forbidden(`${coordinate} cannot be used with an API key.`, { coordinate });
  if (!rule.public && !rule.withoutFactor && isPerson && viewer.mfaEnrolmentRequired)
    return forbidden(
      `${coordinate} takes a second factor, which is required here: set one up, with beginMfaEnrolment.`,
      {
        coordinate,
        mfaEnrolmentRequired: true,
      },
    );
  const lacking =
    (rule.public ? null : lackingScopes(coordinate, rule.scopes, viewer)) ??
    (isPerson ? null : lackingScopes(coordinate, rule.machineScopes, viewer));
  if (lacking) return lacking;
  return !rule.public && rule.recent && !isRecent(viewer) ? reauthenticationRequired(coordinate, { coordinate }) : null;
}

/** Null when the viewer holds all scopes of one of the alternatives, or when there are no alternatives. */
function lackingScopes(coordinate: string, scopes: readonly string[][], viewer: Viewer): GraphQLError | null {
  const holdsOne = scopes.some((alternative) => alternative.every((scope) => hasScope(viewer, scope)));
  if (holdsOne || scopes.length === 0) return null;
  const wanted = scopes.map((alternative) => alternative.join(' and ')).join(', or ');
  return forbidden(`${coordinate} needs the scope ${wanted}.`, { coordinate, requiredScopes: scopes });
}
