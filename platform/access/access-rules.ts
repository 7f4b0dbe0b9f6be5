import {
  Kind,
  type ConstDirectiveNode,
  type DocumentNode,
  type TypeDefinitionNode,
  type TypeExtensionNode,
} from 'graphql';

/** What one field requires: nothing, or a signed-in viewer who holds all scopes of one of the alternatives. */
export type AccessRule = {
  /** Alternatives of which a machine must hold one in addition; empty when machines need no more than people. */
  readonly machineScopes: readonly string[][];
} & (
  | { readonly public: true }
  | {
      readonly public: false;
      readonly scopes: readonly string[][];
      /** Only for people who have signed in, not for API keys. */
      readonly session: boolean;
      /** A person must have signed in recently; an older session is not enough. */
      readonly recent: boolean;
      /** Also for a person without a second factor where one is required. */
      readonly withoutFactor: boolean;
    }
);

/** Rule by coordinate, `Agent.name`. For interfaces the rules of all types that implement them. */
export type AccessRules = ReadonlyMap<string, readonly AccessRule[]>;

type Definition = TypeDefinitionNode | TypeExtensionNode;

function isTypeNode(kind: string): boolean {
  return kind.endsWith('TypeDefinition') || kind.endsWith('TypeExtension');
}

function stringLists(directive: ConstDirectiveNode, argument: string): string[][] {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind !== Kind.LIST) return [];
  return value.values.map((inner) =>
    inner.kind === Kind.LIST ? inner.values.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : [])) : [],
  );
}

function ruleOf(directives: readonly ConstDirectiveNode[] | undefined): AccessRule | undefined {
  const directive = directives?.find(({ name }) => name.value === 'access');
  if (!directive) return undefined;
  const isSet = (argument: string) =>
    directive.arguments?.some(
      ({ name, value }) => name.value === argument && value.kind === Kind.BOOLEAN && value.value,
    ) ?? false;
  const machineScopes = stringLists(directive, 'machineScopes');
  if (isSet('public')) return { public: true, machineScopes };
  const scopes = stringLists(directive, 'scopes');
  return {
    public: false,
    scopes,
    machineScopes,
    // A rule with neither `scopes` nor `machineScopes` was written without machines in mind: only people.
    session: isSet('session') || (scopes.length === 0 && machineScopes.length === 0),
    recent: isSet('recent'),
    withoutFactor: isSet('withoutFactor'),
  };
}

/**
 * Reads the rule of every field out of an SDL document (a subgraph's or the supergraph's). Throws with all coordinates
 * at once when object fields have none: a field without a deliberate rule is not published.
 */
export function readAccessRules(document: DocumentNode): AccessRules {
  const definitions = document.definitions.filter(({ kind }) => isTypeNode(kind)) as Definition[];
  const typeRules = new Map<string, AccessRule>();
  for (const definition of definitions) {
    const rule = ruleOf(definition.directives);
    if (rule) typeRules.set(definition.name.value, rule);
  }

  const rules = new Map<string, AccessRule[]>();
  const missing: string[] = [];
  const interfaceFields = new Map<string, AccessRule[]>();
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    const type = definition.name.value;
    for (const field of definition.fields ?? []) {
      const rule = ruleOf(field.directives) ?? typeRules.get(type);
      if (!rule) {
        missing.push(`${type}.${field.name.value}`);
        continue;
      }
      rules.set(`${type}.${field.name.value}`, [rule]);
      for (const { name } of definition.interfaces ?? []) {
        const coordinate = `${name.value}.${field.name.value}`;
        interfaceFields.set(coordinate, [...(interfaceFields.get(coordinate) ?? []), rule]);
      }
    }
  }
  if (missing.length > 0) throw new Error(`Fields without an @access rule: ${missing.join(', ')}`);
  for (const [coordinate, implementing] of interfaceFields) rules.set(coordinate, implementing);
  return rules;
}

/** One rule that is met exactly when all of these are. */
export const combineRules = (rules: readonly AccessRule[]): AccessRule =>
  rules.reduce(bothRules, { public: true, machineScopes: [] });

function bothRules(one: AccessRule, other: AccessRule): AccessRule {
  const machineScopes = bothScopes(one.machineScopes, other.machineScopes);
  if (one.public) return { ...other, machineScopes };
  if (other.public) return { ...one, machineScopes };
  return {
    public: false,
    scopes: bothScopes(one.scopes, other.scopes),
    machineScopes,
    session: one.session || other.session,
    recent: one.recent || other.recent,
    withoutFactor: one.withoutFactor && other.withoutFactor,
  };
}

/** All pairs of one alternative from each list; an empty list requires no scopes. */
function bothScopes(one: readonly string[][], other: readonly string[][]): readonly string[][] {
  if (one.length === 0 || other.length === 0) return one.length === 0 ? other : one;
  const pairs = one.flatMap((mine) => other.map((theirs) => [...new Set([...mine, ...theirs])].sort()));
  return [...new Map(pairs.map((scopes) => [scopes.join(' '), scopes])).values()];
}
