import { scopeCovers, type AccessRule } from '@flowmesh/platform/access';

/** A role with its scopes. */
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

/** Facts besides roles that decide what a user may do. */
export interface Standing {
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'PENDING' | 'DELETED';
  /** A required second factor is missing, so sessions have no permissions. */
  readonly mfaEnrolmentRequired: boolean;
}

const GOOD: Standing = { status: 'ACTIVE', mfaEnrolmentRequired: false };

/** Why a user with this status cannot sign in. */
const KEPT_OUT = {
  SUSPENDED: 'The user is suspended and cannot sign in.',
  PENDING: 'The user has not confirmed the e-mail address yet and cannot sign in.',
  DELETED: 'The user was deleted.',
} as const;

/** Why a signed-in user with these roles may or may not use a field. Consistent with the access guard. */
export function explainAccess(
  rule: AccessRule,
  roles: readonly RoleScopes[],
  { status, mfaEnrolmentRequired }: Standing = GOOD,
): Explanation {
  const alternatives = rule.public ? [] : rule.scopes.map((scopes) => alternativeOf(scopes, roles));
  if (rule.public) return { allowed: true, reason: 'The field asks nothing.', alternatives };
  if (status !== 'ACTIVE') return { allowed: false, reason: KEPT_OUT[status], alternatives };
  const recently = rule.recent ? ' It needs a recent sign-in.' : '';
  const withoutFactor = mfaEnrolmentRequired && !rule.withoutFactor;
  if (alternatives.length === 0) {
    return withoutFactor
      ? {
          allowed: false,
          reason: 'Anybody signed in may use the field with a second factor, which is required.',
          alternatives,
        }
      : { allowed: true, reason: `Anybody signed in may use the field.${recently}`, alternatives };
  }
  const met = alternatives.find((alternative) => alternative.met);
  if (!met)
    return { allowed: false, reason: `The user lacks ${alternatives.map(missing).join(', or ')}.`, alternatives };
  const reason = `The user holds ${described(met)}.`;
  return withoutFactor
    ? { allowed: false, reason: `${reason} It counts once they have a second factor, which is required.`, alternatives }
    : { allowed: true, reason: reason + recently, alternatives };
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
