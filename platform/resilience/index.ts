export { CallError, CallRefused, type RefusalReason } from './call-error.ts';
export { DEFAULT_POLICY, type BreakerRules, type CallPolicy, type RetryRules } from './call-policy.ts';
export type { CacheState } from './cache-store.ts';
export type { Standing } from './circuit-copies.ts';
export { PolicyChain, type Answer, type PolicyChainOptions, type ProtectedCall } from './policy-chain.ts';
export {
  CLOSED,
  removeOldPolicyState,
  removePolicyState,
  type Circuit,
  type CircuitState,
  type OnChange,
} from './policy-store.ts';
export type { RateLimit, RateState } from './rate-store.ts';
export { verdictOf, type Observer, type Verdict } from './verdict.ts';
