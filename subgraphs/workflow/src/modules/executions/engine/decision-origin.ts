import { signedIn, type Caller, type SignedInViewer } from '@flowmesh/platform/access';

/** How somebody decided: signed in, or by a link that they were sent. */
export type DecidedVia = 'GRAPH' | 'LINK';

/** By which means and from where somebody decided: for the audit log. */
export interface DecisionOrigin {
  readonly via: DecidedVia;
  readonly actorType: 'USER' | 'SERVICE_ACCOUNT' | 'SERVICE';
  /** The service that decided on behalf of the user; null when the user did. */
  readonly service: string | null;
  readonly sessionId: string | null;
  readonly apiKeyId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
}

/** Of a request, what tells who decides and from where. */
export type Decides = Pick<Caller, 'viewer' | 'client' | 'requestId'>;

/** Of somebody who is signed in, or has an API key. */
export function originOf({ viewer, client, requestId }: Decides): DecisionOrigin {
  const { address, userAgent } = client;
  const who = { via: 'GRAPH', service: null, sessionId: null, apiKeyId: null, address, userAgent, requestId } as const;
  const signed: SignedInViewer = signedIn(viewer);
  switch (signed.kind) {
    case 'user':
      return { ...who, actorType: 'USER', sessionId: signed.sessionId };
    case 'api-key':
      return {
        ...who,
        actorType: signed.principal === 'user' ? 'USER' : 'SERVICE_ACCOUNT',
        apiKeyId: signed.keyId,
      };
    case 'service':
      return { ...who, actorType: 'SERVICE', service: signed.service };
  }
}
