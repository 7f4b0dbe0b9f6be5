import type { Viewer } from '@flowmesh/platform/access';
import type { Logger } from '@flowmesh/platform/logging';
import type { TokenVerifier } from './token-verifier.ts';

interface Watched {
  readonly viewer: Viewer;
  readonly onChange: (viewer: Viewer | null) => void;
}

/** With a round trip, less than a second. */
const INTERVAL_MS = 500;

/** Watches the sessions and API keys of open streams: within a second of an end, or of other rights, their owner is told. */
export class SessionWatch {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;
  private checking = false;

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly logger: Logger,
  ) {}

  /**
   * `onChange` is called with null once the session has ended or the token expired, or with the viewer when its scopes
   * have changed. Returns how to stop watching.
   */
  watch(viewer: Viewer, onChange: Watched['onChange']): () => void {
    if (viewer.kind !== 'user' && viewer.kind !== 'api-key') return () => undefined;
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
    // A slow answer must not pile up questions.
    if (this.checking) return;
    this.checking = true;
    // All at once: the verifier asks for many sessions with one question.
    await Promise.all([...this.watched].map((entry) => this.check(entry)));
    this.checking = false;
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
