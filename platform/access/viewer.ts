import { reauthenticationRequired, unauthenticated } from '../errors/index.ts';

/**
 * Who asks. The gateway makes a viewer from the access token or the API key; it travels by reference within one process and as a
 * signed, short-lived header between processes (see signed-viewer.ts).
 */
export type Viewer =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly userId: string;
      /** `resource:action`, `*` for either half. */
      readonly scopes: readonly string[];
      /** Roles that are held, by id; what is shared with a role is shared with its holders. */
      readonly roleIds?: readonly string[] | undefined;
      readonly sessionId: string;
      /** End of the access token, in seconds since 1970; streams end then. */
      readonly expiresAt: number;
      /** Until when the sign-in counts as recent, in seconds since 1970. Left out: it does not. */
      readonly recentUntil?: number | undefined;
      /** The operator requires a second factor, and there is none yet: fields that are there to set one up are open. */
      readonly mfaEnrolmentRequired?: boolean | undefined;
    }
  | {
      /** A machine that bears an API key. */
      readonly kind: 'api-key';
      readonly keyId: string;
      /** The user or service account whose key it is, and as whom it acts. */
      readonly userId: string;
      readonly principal: 'user' | 'service-account';
      /** What both the key and its owner may do. */
      readonly scopes: readonly string[];
      /** Roles that its owner holds, by id. */
      readonly roleIds?: readonly string[] | undefined;
      /** End of the key, in seconds since 1970. */
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
      /** The agent and the workflow whose work it is: what is shared with them is shared with it. */
      readonly agentId?: string | undefined;
      readonly workflowId?: string | undefined;
    };

export type SignedInViewer = Exclude<Viewer, { kind: 'anonymous' }>;

/** The viewer, who must be signed in: the schema's access rules see to it, this to the types. */
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

/** Whether the viewer has not just gone on with a session that was begun a while ago. Machines do not sign in. */
export const isRecent = (viewer: Viewer): boolean =>
  viewer.kind !== 'user' || (viewer.recentUntil ?? 0) > Date.now() / 1_000;

/** Throws `REAUTHENTICATION_REQUIRED` unless the viewer has signed in recently. `what` they want to do, e.g. `To …`. */
export function requireRecent(viewer: Viewer, what: string): void {
  if (!isRecent(viewer)) throw reauthenticationRequired(what);
}

export const ANONYMOUS: Viewer = { kind: 'anonymous' };

/** Whether a held scope covers the wanted one: equal halves, or `*` in the held one. */
export function scopeCovers(held: string, wanted: string): boolean {
  if (held === wanted || held === '*' || held === '*:*') return true;
  const [heldResource, heldAction] = held.split(':');
  const [resource, action] = wanted.split(':');
  return (heldResource === '*' || heldResource === resource) && (heldAction === '*' || heldAction === action);
}

/** What both lists allow: a scope is covered by the result when it is covered by each of them. */
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
