import { print } from 'graphql';
import { FairThread, ownerOf } from '../threads/fair-thread.ts';
import type { Planner, PlanRoot } from './planner.ts';

/** Plans on a separate thread: a large operation takes a tenth of a second, which must not block the event loop. */
export class PlannerThread {
  private readonly thread: FairThread<PlanRoot>;

  constructor(sdl: string) {
    const options = { folder: '../supergraph', name: 'planner-worker', workerData: { sdl }, does: 'plan' };
    this.thread = new FairThread(options);
  }

  /** Rejects with a PublicError if planning takes too long, or if too many operations wait. */
  readonly plan: Planner = (document, viewer) => this.thread.ask(print(document), ownerOf(viewer));

  close(): Promise<void> {
    return this.thread.close();
  }
}
