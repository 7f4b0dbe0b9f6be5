/** How far an execution is with undoing what its steps have done. */
export type CompensationStatus = 'NONE' | 'PENDING' | 'RUNNING' | 'COMPLETED' | 'STUCK';

/** Of one of them. */
export type CompensationState = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'SKIPPED';

export type CompensationAction = 'RETRY' | 'SKIP' | 'COMPLETE';
