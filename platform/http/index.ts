export { GuardedHttpError, type GuardedHttpErrorCode } from './guarded-http-error.ts';
export { createAddressRules, type AddressRules } from './address-rules.ts';
export { portProblem } from './blocked-ports.ts';
export { createGuardedResolve, type GuardedResolve } from './guarded-resolve.ts';
export { createGuardedConnect, type GuardedConnect } from './guarded-socket.ts';
export { createGuardedHttp, type GuardedHttp, type GuardedRequest } from './guarded-http.ts';
export { headerProblem, headerSecretProblem } from './header-rules.ts';
export {
  newWebhookSecret,
  verifyWebhook,
  webhookHeaders,
  webhookSecretProblem,
  webhookTargetSecret,
} from './webhook-signature.ts';
export { retryAfterMs } from './retry-after.ts';
