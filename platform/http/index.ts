export { createAddressRules, type AddressRules } from './address-rules.ts';
export { GuardedHttpError, type GuardedHttpErrorCode } from './guarded-http-error.ts';
export { createGuardedHttp, type GuardedHttp, type GuardedRequest } from './guarded-http.ts';
