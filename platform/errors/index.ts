export { isOutage } from './outage.ts';
export {
  ErrorCode,
  PublicError,
  badInput,
  forbidden,
  outage,
  rateLimited,
  reauthenticationRequired,
  tellsOutage,
  unauthenticated,
  unavailable,
} from './public-error.ts';
export { StartError } from './start-error.ts';
