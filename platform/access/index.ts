export { createAccessGuard, type AccessGuard } from './access-guard.ts';
export { combineRules, readAccessRules, type AccessRule, type AccessRules } from './access-rules.ts';
export { API_KEY_PREFIX, apiKeyHash, newApiKey, type NewApiKey } from './api-key.ts';
export type { Caller } from './caller.ts';
export { NO_CLIENT, type Client } from './client.ts';
export {
  ACCESS_TOKEN,
  accessTokenKeys,
  signAccessToken,
  verifyAccessToken,
  type AccessTokenClaims,
  type AccessTokenKeys,
} from './access-token.ts';
export type { ApiKeyState, IdentityProvider, SessionQuestion, SessionState } from './identity.ts';
export { TokenError } from './jwt.ts';
export {
  createViewerSigner,
  createViewerVerifier,
  VIEWER_HEADER,
  type SignedCall,
  type SignViewer,
  type VerifyViewer,
} from './signed-viewer.ts';
export {
  ANONYMOUS,
  hasScope,
  isRecent,
  requireRecent,
  intersectScopes,
  isServiceId,
  mayTouch,
  scopeCovers,
  serviceViewer,
  signedIn,
  type SignedInViewer,
  type Viewer,
} from './viewer.ts';
