import type { Viewer } from '@flowmesh/platform/access';
import type { Logger } from '@flowmesh/platform/logging';
import type { TokenVerifier } from './token-verifier.ts';

interface Watched {
  readonly viewer: Viewer;
  readonly onChange: (viewer: Viewer | null) => void;
}

const INTERVAL_MS = 1_000;

/** Watches the sessions of open streams: within about a second of an end, or of other rights, their owner is told. */
export class SessionWatch {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly logger: Logger,
  ) {}

  /**
   * `onChange` is called with null once the session has ended or the token expired, or with the viewer when its scopes
   * have changed. Returns how to stop watching.
   */
  watch(viewer: Viewer, onChange: Watched['onChange']): () => void {
    if (viewer.kind !== 'user') return () => undefined;
    const entry = { viewer, onChange };
    this.watched.add(entry);
    this.timer ??= setInterval(() => void this.checkAll(), INTERVAL_MS).unref();
    return () => {
      this.watched.delete(entry);
      if (this.watched.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  private async checkAll(): Promise<void> {
    // Many streams of one session cost one question: the verifier keeps the answer for a second.
    await Promise.all([...this.watched].map((entry) => this.check(entry)));
  }

  private async check(entry: Watched): Promise<void> {
    try {
      const now = await this.verifier.refresh(entry.viewer);
      if (!this.watched.has(entry)) return;
      if (now === null) {
        this.watched.delete(entry);
        entry.onChange(null);
      } else if (JSON.stringify(now) !== JSON.stringify(entry.viewer)) {
        entry.onChange(now);
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'a session could not be checked; trying again');
    }
  }
}
