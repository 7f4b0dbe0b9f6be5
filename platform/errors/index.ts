export {
  ErrorCode,
  PublicError,
  badInput,
  forbidden,
  rateLimited,
  reauthenticationRequired,
  unauthenticated,
  unavailable,
} from './public-error.ts';
export { StartError } from './start-error.ts';
