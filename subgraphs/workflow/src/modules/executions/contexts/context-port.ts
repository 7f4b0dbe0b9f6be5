import type { ContextClient } from '@flowmesh/platform/context-use';

/** What steps do with contexts. Failures of it are `StepFailure`s. */
export type ContextPort = Pick<ContextClient, 'create' | 'currentVersion' | 'read' | 'readLayer' | 'merge'>;
