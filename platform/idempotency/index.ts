export { isAnotherRequest, requestHash } from './request-hash.ts';
