import type { Viewer } from '@flowmesh/platform/access';
import { unauthenticated } from '@flowmesh/platform/errors';
import { warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import type { GraphQLError } from 'graphql';
import { isRefusedCredential } from './authentication.ts';
import type { TokenVerifier } from './token-verifier.ts';

interface Watched {
  readonly viewer: Viewer;
  readonly onEnd: (reason: GraphQLError) => void;
}

/** Together with a round trip, less than a second. */
const INTERVAL_MS = 500;

/**
 * Watches the sessions and API keys of open streams: within a second after one ends, or its permissions change, the
 * stream is told why.
 */
export class SessionWatch {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;
  private checking = false;
  private readonly warn: WarnSeldom;

  constructor(
    private readonly verifier: TokenVerifier,
    logger: Logger,
  ) {
    this.warn = warnSeldom(logger, 'sessions cannot be checked; trying again');
  }

  /**
   * `onEnd` is called once, when the token has expired (ACCESS_TOKEN_EXPIRED), or when the session has ended or its
   * permissions have changed (UNAUTHENTICATED). Returns a function that stops watching.
   */
  watch(viewer: Viewer, onEnd: Watched['onEnd']): () => void {
    if (viewer.kind !== 'user' && viewer.kind !== 'api-key') return () => undefined;
    const entry = { viewer, onEnd };
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
    // Lookups must not accumulate behind a slow answer.
    if (this.checking) return;
    this.checking = true;
    // In parallel, so that the verifier batches them into one lookup.
    await Promise.all([...this.watched].map((entry) => this.check(entry)));
    this.checking = false;
  }

  private async check(entry: Watched): Promise<void> {
    try {
      const now = await this.verifier.refresh(entry.viewer);
      if (JSON.stringify(now) !== JSON.stringify(entry.viewer)) {
        this.end(entry, unauthenticated('The permissions of this session have changed. Connect again.'));
      }
    } catch (error) {
      if (isRefusedCredential(error)) this.end(entry, error);
      else this.warn({ err: error });
    }
  }

  private end(entry: Watched, reason: GraphQLError): void {
    if (this.watched.delete(entry)) entry.onEnd(reason);
  }
}
