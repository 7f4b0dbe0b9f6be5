import { print } from 'graphql';
import { FairThread, ownerOf } from '../threads/fair-thread.ts';
import type { Planner, PlanRoot } from './planner.ts';

/** Plans on a thread of its own: a large operation takes a tenth of a second, in which the event loop must not stand still. */
export class PlannerThread {
  private readonly thread: FairThread<PlanRoot>;

  constructor(sdl: string) {
    const options = { folder: '../supergraph', name: 'planner-worker', workerData: { sdl }, does: 'plan' };
    this.thread = new FairThread(options);
  }

  /** Rejects with a PublicError when the operation takes too long to plan, or too many others wait. */
  readonly plan: Planner = (document, viewer) => this.thread.ask(print(document), ownerOf(viewer));

  close(): Promise<void> {
    return this.thread.close();
  }
}
