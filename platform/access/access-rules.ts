import {
  Kind,
  type ConstDirectiveNode,
  type DocumentNode,
  type TypeDefinitionNode,
  type TypeExtensionNode,
} from 'graphql';

/** What one field asks of the viewer: nothing, or to be signed in and hold all scopes of one of the alternatives. */
export type AccessRule =
  | { readonly public: true }
  | {
      readonly public: false;
      readonly scopes: readonly string[][];
      /** Only for whoever has signed in as a person, not for API keys. */
      readonly session: boolean;
      /** A person must have signed in recently, not only go on with a session. */
      readonly recent: boolean;
    };

/** Rule by coordinate, `Agent.name`. For interfaces the rules of all types that implement them. */
export type AccessRules = ReadonlyMap<string, readonly AccessRule[]>;

type Definition = TypeDefinitionNode | TypeExtensionNode;

function isTypeNode(kind: string): boolean {
  return kind.endsWith('TypeDefinition') || kind.endsWith('TypeExtension');
}

function stringLists(directive: ConstDirectiveNode): string[][] {
  const value = directive.arguments?.find(({ name }) => name.value === 'scopes')?.value;
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
  if (isSet('public')) return { public: true };
  return { public: false, scopes: stringLists(directive), session: isSet('session'), recent: isSet('recent') };
}

/**
 * Reads the rule of every field out of an SDL document (a subgraph's or the supergraph's). Throws with all coordinates
 * at once when object fields have none: a field nobody has thought about is not published.
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

/** One rule that asks what all of these ask together. */
export function combineRules(rules: readonly AccessRule[]): AccessRule {
  let combined: AccessRule = { public: true };
  for (const rule of rules) {
    if (rule.public) continue;
    if (combined.public) combined = rule;
    else
      combined = {
        ...rule,
        scopes: bothScopes(combined.scopes, rule.scopes),
        session: combined.session || rule.session,
        recent: combined.recent || rule.recent,
      };
  }
  return combined;
}

/** Alternatives of which each holds one of either list; a list without alternatives asks for no scopes. */
function bothScopes(one: readonly string[][], other: readonly string[][]): readonly string[][] {
  if (one.length === 0 || other.length === 0) return one.length === 0 ? other : one;
  const pairs = one.flatMap((mine) => other.map((theirs) => [...new Set([...mine, ...theirs])].sort()));
  return [...new Map(pairs.map((scopes) => [scopes.join(' '), scopes])).values()];
}
