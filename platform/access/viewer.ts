import { reauthenticationRequired, unauthenticated } from '../errors/index.ts';

/**
 * The identity on whose behalf an operation runs. The gateway derives it from the access token or the API key. It is
 * passed by reference within a process, and as a signed, short-lived header between processes (see signed-viewer.ts).
 */
export type Viewer =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly userId: string;
      /** `resource:action`, where `*` can stand for either part. */
      readonly scopes: readonly string[];
      /** Roles that are held, by id; what is shared with a role is shared with its holders. */
      readonly roleIds?: readonly string[] | undefined;
      readonly sessionId: string;
      /** Expiry of the access token, in seconds since 1970; streams end then. */
      readonly expiresAt: number;
      /** Until when the sign-in counts as recent, in seconds since 1970. Left out: it does not. */
      readonly recentUntil?: number | undefined;
      /** A second factor is required and not set up yet: only fields for setting one up are allowed. */
      readonly mfaEnrolmentRequired?: boolean | undefined;
    }
  | {
      /** A machine with an API key. */
      readonly kind: 'api-key';
      readonly keyId: string;
      /** The user or service account that owns the key, and that it acts as. */
      readonly userId: string;
      readonly principal: 'user' | 'service-account';
      /** Scopes that both the key and its owner have. */
      readonly scopes: readonly string[];
      /** Roles that its owner holds, by id. */
      readonly roleIds?: readonly string[] | undefined;
      /** Expiry of the key, in seconds since 1970. */
      readonly expiresAt: number;
    }
  | {
      /**
       * A service of the product acting for a user, e.g. the workflow engine giving work to an agent, or for the
       * product itself (`serviceViewer`).
       */
      readonly kind: 'service';
      readonly service: string;
      readonly userId: string;
      readonly scopes: readonly string[];
      /** Roles that the user held when the work was given, by id. */
      readonly roleIds?: readonly string[] | undefined;
      /** The workflow for whose execution this is done: what is shared with it is shared with this work. */
      readonly workflowId?: string | undefined;
      /** The execution of a workflow for which this is done: its budgets apply. */
      readonly workflowExecutionId?: string | undefined;
      /** The agent for whose execution this is done: likewise. */
      readonly agentId?: string | undefined;
    };

export type SignedInViewer = Exclude<Viewer, { kind: 'anonymous' }>;

/** The viewer as a signed-in one. The access rules of the schema already ensure this; here it is for the types. */
export function signedIn(viewer: Viewer): SignedInViewer {
  if (viewer.kind === 'anonymous') throw unauthenticated();
  return viewer;
}

const SERVICE_PREFIX = 'service:';

/** A service acting for the product itself, e.g. auth sending its e-mails. */
export const serviceViewer = (service: string, scopes: readonly string[]): SignedInViewer => ({
  kind: 'service',
  service,
  userId: SERVICE_PREFIX + service,
  scopes,
});

/** Whether this is the id of a service rather than that of a user. */
export const isServiceId = (userId: string): boolean => userId.startsWith(SERVICE_PREFIX);

/** Whether the viewer's sign-in is recent enough. Machines do not sign in, so it is true for them. */
export const isRecent = (viewer: Viewer): boolean =>
  viewer.kind !== 'user' || (viewer.recentUntil ?? 0) > Date.now() / 1_000;

/** Throws `REAUTHENTICATION_REQUIRED` unless the viewer has signed in recently. `what`: the attempted action, e.g. `To …`. */
export function requireRecent(viewer: Viewer, what: string): void {
  if (!isRecent(viewer)) throw reauthenticationRequired(what);
}

export const ANONYMOUS: Viewer = { kind: 'anonymous' };

/** Whether a held scope covers the wanted one: each part is equal, or `*` in the held scope. */
export function scopeCovers(held: string, wanted: string): boolean {
  if (held === wanted || held === '*' || held === '*:*') return true;
  const [heldResource, heldAction] = held.split(':');
  const [resource, action] = wanted.split(':');
  return (heldResource === '*' || heldResource === resource) && (heldAction === '*' || heldAction === action);
}

/** Intersection: the result covers a scope exactly when both lists cover it. */
export function intersectScopes(one: readonly string[], other: readonly string[]): string[] {
  const common = one.flatMap((mine) => other.flatMap((theirs) => commonScope(mine, theirs) ?? []));
  return [...new Set(common)].sort();
}

function commonScope(one: string, other: string): string | null {
  const [resource, action] = halves(one);
  const [otherResource, otherAction] = halves(other);
  const common = [commonHalf(resource, otherResource), commonHalf(action, otherAction)];
  return common.includes(null) ? null : common.join(':');
}

function commonHalf(one: string, other: string): string | null {
  if (one === '*' || one === other) return other;
  return other === '*' ? one : null;
}

/** Resource and action; `*` alone stands for both. */
function halves(scope: string): [resource: string, action: string] {
  const [resource = '', action = scope === '*' ? '*' : ''] = scope.split(':');
  return [resource, action];
}

export function hasScope(viewer: Viewer, wanted: string): boolean {
  return viewer.kind !== 'anonymous' && viewer.scopes.some((held) => scopeCovers(held, wanted));
}

/** Whether the viewer may see or change an object of this owner; `anyScope` is the resource's `…-any` scope. */
export function mayTouch(viewer: Viewer, ownerId: string, anyScope: string): boolean {
  return viewer.kind !== 'anonymous' && (viewer.userId === ownerId || hasScope(viewer, anyScope));
}
