export { ACCESS_TOKEN, type IdentityProvider, type SessionState } from './identity.ts';
export { ANONYMOUS, hasScope, mayTouch, scopeCovers, type SignedInViewer, type Viewer } from './viewer.ts';
