export { ErrorCode, PublicError, badInput, forbidden, unauthenticated, unavailable } from './public-error.ts';
export { StartError } from './start-error.ts';
