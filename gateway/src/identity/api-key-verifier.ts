import { apiKeyHash, type ApiKeyState, type IdentityProvider, type Viewer } from '@flowmesh/platform/access';
import { FreshAnswers } from './fresh-answers.ts';

type KeyViewer = Extract<Viewer, { kind: 'api-key' }>;

/** Determines the viewer of an API key. Only the hash of the key leaves this process. */
export class ApiKeyVerifier {
  private readonly viewers: FreshAnswers<string, KeyViewer | null>;
  private readonly hashOf = new WeakMap<Viewer, string>();

  constructor(identity: IdentityProvider) {
    this.viewers = new FreshAnswers(
      (hash) => hash,
      async (hashes) => {
        const states = await identity.apiKeys(hashes);
        return hashes.map((hash, index) => this.viewerFor(hash, states[index] ?? null));
      },
    );
  }

  /** Null for an invalid key. A malformed key causes no lookup. */
  async viewerOf(key: string): Promise<Viewer | null> {
    const hash = apiKeyHash(key);
    return hash === null ? null : good(await this.viewers.current(hash));
  }

  /** Looks the viewer up again; null if the key has expired or was revoked. */
  async refresh(viewer: KeyViewer): Promise<Viewer | null> {
    const hash = this.hashOf.get(viewer);
    return hash === undefined ? null : good(await this.viewers.ask(hash));
  }

  private viewerFor(hash: string, state: ApiKeyState | null): KeyViewer | null {
    if (!state) return null;
    const viewer: KeyViewer = { kind: 'api-key', ...state };
    this.hashOf.set(viewer, hash);
    return viewer;
  }
}

const good = (viewer: KeyViewer | null): Viewer | null =>
  viewer && viewer.expiresAt * 1_000 > Date.now() ? viewer : null;
