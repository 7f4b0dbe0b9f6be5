import type { ExecutionResult } from 'graphql';
import { decodeJwt } from 'jose';
import { ANONYMOUS, NO_CLIENT, type Client, type Viewer } from '@flowmesh/platform/access';
import { readSettings } from '@flowmesh/platform/config';
import type { EventBus } from '@flowmesh/platform/events';
import type { QueueSystem } from '@flowmesh/platform/queue';
import { subgraphUnderTest } from '@flowmesh/platform/subgraph-testing';
import { authSettings, type AuthConfig } from '../auth-config.ts';
import { createSubgraph, type AuthSubgraph } from '../subgraph.ts';

/** Hashing takes a millisecond instead of a quarter of a second. */
const TEST_ROUNDS = 4;

interface Caller {
  readonly viewer: Viewer;
  readonly client: Client;
}

export interface AuthOptions {
  readonly config?: Partial<AuthConfig>;
  /** Runs workers, too: mails are composed and sent. */
  readonly working?: boolean;
}

export type AuthUnderTest = Awaited<ReturnType<typeof startAuth>>;

const idle = { poke: () => undefined, stop: async () => undefined };

/** A stub for queues and bus, which these tests do not use. */
function quiet<T extends object>(methods: Partial<T>): T {
  return methods as T;
}

/** Auth on its own database, without queues and bus. */
export async function startAuth(options: AuthOptions = {}) {
  const repeated = new Map<string, () => Promise<void>>();
  const tested = await subgraphUnderTest('auth', {
    queues: quiet<QueueSystem>({
      repeat: (job, _everyMs, work) => {
        repeated.set(job, async () => void (await work()));
        return idle;
      },
      check: async () => undefined,
    }),
    bus: quiet<EventBus>({
      publish: async () => undefined,
      consume: async () => idle,
      check: async () => undefined,
    }),
  });
  const create = (worker: boolean, config?: Partial<AuthConfig>) =>
    tested.process((platform) =>
      createSubgraph(
        platform,
        { api: true, worker },
        { ...readSettings(authSettings, {}), passwordRounds: TEST_ROUNDS, ...options.config, ...config },
      ),
    );
  const { working = false } = options;
  const process = await create(working).catch(async (error: unknown) => {
    await tested.stop();
    throw error;
  });
  const { subgraph } = process;

  return {
    subgraph,
    pool: tested.pool,
    /** Another process on the same database, with the same configuration except `config`. */
    replica: async (config?: Partial<AuthConfig>): Promise<AuthSubgraph> => (await create(false, config)).subgraph,
    /** The response of an operation, with its errors. By default anonymous and without client address. */
    send: (query: string, variables: Record<string, unknown>, caller: Partial<Caller>): Promise<ExecutionResult> =>
      process.execute(caller.viewer ?? ANONYMOUS, query, variables, { client: caller.client ?? NO_CLIENT }),
    /** The data of an operation; throws when it has errors. */
    ask: <T>(query: string, variables?: Record<string, unknown>, viewer: Viewer = ANONYMOUS): Promise<T> =>
      process.ask<T>(viewer, query, variables),
    /** The codes of its errors. */
    async refusal(query: string, variables?: Record<string, unknown>, viewer: Viewer = ANONYMOUS): Promise<unknown[]> {
      const { errors = [] } = await process.execute(viewer, query, variables);
      return errors.map(({ extensions }) => extensions.code);
    },
    /** The viewer of this access token, as the gateway determines it; anonymous if its session has ended. */
    async viewerOf(accessToken: string): Promise<Viewer> {
      const { sid, exp = 0, jti = '' } = decodeJwt<{ sid: string }>(accessToken);
      const [state] = await subgraph.identity.sessions([{ sessionId: sid, tokenId: jti }]);
      return state ? { kind: 'user', ...state, sessionId: sid, expiresAt: exp } : ANONYMOUS;
    },
    /** Runs a periodic task by its name. */
    async repeated(job: string): Promise<void> {
      const work = repeated.get(job);
      if (!work) throw new Error(`nothing is repeated under the name ${job}`);
      await work();
    },
    stop: () => tested.stop(),
  };
}
