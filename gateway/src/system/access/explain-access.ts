import { scopeCovers, type AccessRule } from '@flowmesh/platform/access';

/** A role with what it allows. */
export interface RoleScopes {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

export interface Alternative {
  readonly met: boolean;
  readonly scopes: readonly {
    readonly name: string;
    readonly held: boolean;
    readonly grants: readonly { readonly role: RoleScopes; readonly scope: string }[];
  }[];
}

export interface Explanation {
  readonly allowed: boolean;
  readonly reason: string;
  readonly alternatives: readonly Alternative[];
}

/** Why somebody with these roles, who has signed in, may use a field, or may not. Agrees with the access guard. */
export function explainAccess(rule: AccessRule, roles: readonly RoleScopes[], suspended: boolean): Explanation {
  const alternatives = rule.public ? [] : rule.scopes.map((scopes) => alternativeOf(scopes, roles));
  if (rule.public) return { allowed: true, reason: 'The field asks nothing.', alternatives };
  if (suspended) return { allowed: false, reason: 'The user is suspended and cannot sign in.', alternatives };
  if (alternatives.length === 0) return { allowed: true, reason: 'Anybody signed in may use the field.', alternatives };
  const met = alternatives.find((alternative) => alternative.met);
  return met
    ? { allowed: true, reason: `The user holds ${described(met)}.`, alternatives }
    : { allowed: false, reason: `The user lacks ${alternatives.map(missing).join(', or ')}.`, alternatives };
}

function alternativeOf(wanted: readonly string[], roles: readonly RoleScopes[]): Alternative {
  const scopes = wanted.map((name) => {
    const grants = roles.flatMap((role) =>
      role.scopes.filter((scope) => scopeCovers(scope, name)).map((scope) => ({ role, scope })),
    );
    return { name, held: grants.length > 0, grants };
  });
  return { met: scopes.every(({ held }) => held), scopes };
}

const described = ({ scopes }: Alternative): string =>
  scopes
    .map(({ name, grants }) => {
      const [grant] = grants;
      return grant ? `${name} by the role ${grant.role.name} (${grant.scope})` : name;
    })
    .join(' and ');

const missing = ({ scopes }: Alternative): string =>
  scopes
    .filter(({ held }) => !held)
    .map(({ name }) => name)
    .join(' and ');
