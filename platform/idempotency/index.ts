export { isAnotherRequest, requestDigest } from './request-digest.ts';
