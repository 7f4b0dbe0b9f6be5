import type { Client } from '@a2a-js/sdk/client';
import type { GuardedHttp } from '@flowmesh/platform/http';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { A2aCalls } from './a2a-calls.ts';
import { a2aFailure } from './a2a-failure.ts';

/** Settings of an A2A agent, as they are stored. */
export interface A2aTarget {
  readonly cardUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface A2aLimits {
  /** For each request, and the whole of a stream. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

const MAX_ANSWER_BYTES = 5 * 1024 * 1024;

const isBusy = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Calls agents of others by A2A, as their cards say. */
export class A2aAgents {
  constructor(private readonly http: GuardedHttp) {}

  /** Reads the card, and chooses a transport. `signal` ends this, and not what is called later. Throws `AgentFailure`. */
  async connect(target: A2aTarget, { deadlineMs, signal }: A2aLimits): Promise<A2aCalls> {
    try {
      signal?.throwIfAborted();
      return new A2aCalls(await this.clientOf(target, deadlineMs), await import('@a2a-js/sdk'));
    } catch (error) {
      throw a2aFailure(error);
    }
  }

  private async clientOf(target: A2aTarget, deadlineMs: number): Promise<Client> {
    // Loaded with the first use.
    const sdk = await import('@a2a-js/sdk/client');
    const fetchImpl = this.fetchFor(target, deadlineMs);
    const legacyCompat = { enabled: true };
    const cardResolver = new sdk.DefaultAgentCardResolver({ fetchImpl, legacyCompat });
    const factory = new sdk.ClientFactory({
      cardResolver,
      transports: [
        new sdk.JsonRpcTransportFactory({ fetchImpl, legacyCompat }),
        new sdk.RestTransportFactory({ fetchImpl, legacyCompat }),
      ],
    });
    const card = await cardResolver.resolve(target.cardUrl, '');
    const { origin } = new URL(target.cardUrl);
    const elsewhere = card.supportedInterfaces.find(({ url }) => !URL.canParse(url) || new URL(url).origin !== origin);
    if (elsewhere && Object.keys(target.headers).length > 0) {
      const message = `The card names ${elsewhere.url.slice(0, 200)}; the headers of the agent are only sent to ${origin}.`;
      throw new AgentFailure('INVALID_CONFIGURATION', message, { retryable: false });
    }
    return factory.createFromAgentCard(card);
  }

  /** On the product's own network; an agent that is busy or broken is told as what it is, which the SDK does not. */
  private fetchFor({ headers }: A2aTarget, deadlineMs: number): typeof globalThis.fetch {
    const fetch = this.http.fetchWith({ deadlineMs, maxBytes: MAX_ANSWER_BYTES });
    return async (url, init) => {
      const all = new Headers(init?.headers);
      all.set('user-agent', 'flowmesh');
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      const response = await fetch(url, { ...init, headers: all });
      const { status } = response;
      if (!isBusy(status) && status !== 401 && status !== 403) return response;
      const said = (await response.text().catch(() => '')).slice(0, 500).trim();
      throw new AgentFailure('HTTP_STATUS', `The agent answered ${status}${said ? `: ${said}` : '.'}`, {
        retryable: isBusy(status),
        isFault: status === 408 || status >= 500,
        isUnanswered: status === 429,
      });
    };
  }
}
