import type { Viewer } from '../access/index.ts';

/** For whom work is done. */
export interface Requester {
  /** Id of the user: places in the sandbox are shared fairly between owners. Nobody in particular when left out. */
  readonly owner?: string | undefined;
  /** A person waits for it: it comes before the same owner's other work. */
  readonly urgent?: boolean | undefined;
}

/** The viewer, who waits for an answer. */
export const waitingViewer = (viewer: Viewer): Requester =>
  viewer.kind === 'anonymous' ? { urgent: true } : { owner: viewer.userId, urgent: true };
