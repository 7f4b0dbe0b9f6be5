import { composeServices } from '@apollo/composition';
import DataLoader from 'dataloader';
import { generateKeyPair, exportJWK, SignJWT, type CryptoKey } from 'jose';
import { parse } from 'graphql';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS_TOKEN, type ApiKeyState, type IdentityProvider, type SessionState } from '@flowmesh/platform/access';
import { rateLimited, unavailable } from '@flowmesh/platform/errors';
import { createLocalSource, type CallContext, type SubgraphSource } from '@flowmesh/platform/federation';
import { buildSubgraphSchema, type ResolverMap } from '@flowmesh/platform/graphql';
import { newId } from '@flowmesh/platform/ids';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import { listen } from '@flowmesh/platform/server';
import { DEFAULT_LIMITS, type GatewayLimits } from '../gateway-config.ts';
import { createGatewayServer } from '../gateway-server.ts';
import { registerGateway } from '../gateway.ts';

const shared = readFileSync(join(__dirname, '../../../platform/graphql/shared.graphql'), 'utf8');

const BOOKS = `
  type Book @key(fields: "id") @access(scopes: [["book:read"]]) { id: ID! title: String! author: Author! sequel: Book note(text: String): String }
  type Author @key(fields: "id", resolvable: false) @access(scopes: []) { id: ID! }
  type Query {
    books(first: Int = 20): [Book!]! @access(scopes: [["book:read"]]) @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)
    hello: String! @access(public: true)
    "Where the client is, as a subgraph learns it."
    client: [String]! @access(public: true)
    broken: String! @access(public: true)
    busy: String! @access(public: true)
    "Answered when the test says so."
    held: String! @access(public: true)
  }
  type Mutation { rename(id: ID!, title: String!): Book! @access(scopes: [["book:write"]]) greet: String! @access(public: true) }
  type Subscription { clients: [String]! @access(public: true) counted(to: Int!): Book! @access(scopes: [["book:read"]]) waiting(after: Int! = 0): Book! @access(scopes: [["book:read"]]) }
`;
const AUTHORS = `
  type Author @key(fields: "id") @access(scopes: []) { id: ID! name: String! }
  type Query { author(id: ID!): Author @access(scopes: []) }
`;

/** Recorded calls of the toy subgraphs, for assertions. */
export interface Seen {
  authorBatches: string[][];
  openStreams: number;
  /** The number of calls. */
  streams: number;
  /** The number of sessions in each lookup. */
  identityQuestions: number[];
  /** The hashes in each lookup of API keys. */
  keyQuestions: string[][];
  titles: Record<string, string>;
  /** Each answers one `held`. */
  held: (() => void)[];
}

function source(
  name: string,
  sdl: string,
  resolvers: ResolverMap,
  context: (call: CallContext) => object,
): SubgraphSource {
  const subgraph = {
    name,
    version: '1',
    description: name,
    ...buildSubgraphSchema(parse(shared + sdl), resolvers),
    createContext: context,
    checks: [],
    start: () => Promise.resolve(),
  };
  return createLocalSource(subgraph, pino({ level: 'silent' }));
}

function toySources(seen: Seen): SubgraphSource[] {
  const book = (id: string) => ({
    id,
    title: seen.titles[id] ?? `Book ${id}`,
    author: { __typename: 'Author', id: `a${id}` },
  });
  const books = source(
    'books',
    BOOKS,
    {
      Query: {
        books: (_: unknown, { first }: { first: number }) =>
          Array.from({ length: first }, (_entry, i) => book(String(i))),
        hello: () => 'world',
        client: (_: unknown, _args: unknown, { client }: Pick<CallContext, 'client'>) => [
          client?.address,
          client?.userAgent,
        ],
        broken: () => {
          throw new Error('password=hunter2');
        },
        busy: () => {
          throw rateLimited('Too many tries.', 7);
        },
        held: () => new Promise((resolve) => seen.held.push(() => resolve('let go'))),
      },
      Mutation: {
        greet: (_: unknown, _args: unknown, { viewer }: Pick<CallContext, 'viewer'>) =>
          `hello, ${viewer.kind === 'anonymous' ? 'nobody' : viewer.kind}`,
        rename: (_: unknown, { id, title }: { id: string; title: string }) => {
          seen.titles[id] = title;
          return book(id);
        },
      },
      Subscription: {
        clients: {
          async *subscribe(_: unknown, _args: unknown, { client }: Pick<CallContext, 'client'>) {
            yield { clients: [client?.address, client?.userAgent] };
          },
        },
        counted: {
          async *subscribe(_: unknown, { to }: { to: number }) {
            for (let i = 0; i < to; i++) yield { counted: book(String(i)) };
          },
        },
        waiting: {
          async subscribe(_: unknown, { after }: { after: number }) {
            if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
            seen.openStreams += 1;
            seen.streams += 1;
            let sent = false;
            return {
              [Symbol.asyncIterator]() {
                return this;
              },
              next() {
                if (sent) return new Promise(() => undefined);
                sent = true;
                return Promise.resolve({ value: { waiting: book('0') }, done: false });
              },
              return() {
                seen.openStreams -= 1;
                return Promise.resolve({ value: undefined, done: true });
              },
            };
          },
        },
      },
      Book: { note: (_: unknown, { text }: { text?: string }) => text ?? null },
    },
    ({ client, viewer }) => ({ client, viewer }),
  );
  interface AuthorContext {
    authors: DataLoader<string, { id: string; name: string }>;
  }
  const authors = source(
    'authors',
    AUTHORS,
    {
      Query: { author: (_: unknown, { id }: { id: string }, context: AuthorContext) => context.authors.load(id) },
      Author: {
        __resolveReference: ({ id }: { id: string }, context: AuthorContext) => context.authors.load(id),
      },
    },
    () => ({
      authors: new DataLoader(async (ids: readonly string[]) => {
        seen.authorBatches.push([...ids]);
        return ids.map((id) => ({ id, name: `Author ${id}` }));
      }),
    }),
  );
  return [books, authors];
}

export interface ToyGraph {
  readonly url: string;
  readonly metrics: Registry;
  readonly seen: Seen;
  readonly sessions: Map<string, SessionState>;
  /** Ids of revoked tokens. */
  readonly revoked: Set<string>;
  /** By the hash of the key. */
  readonly apiKeys: Map<string, ApiKeyState>;
  /** The parts that do not answer at the moment. */
  readonly away: { identity: boolean };
  readonly key: CryptoKey;
  readonly publicKey: CryptoKey;
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>, expiresIn?: string): Promise<string>;
  stop(): Promise<void>;
}

export interface ToyOptions {
  readonly trustProxy?: readonly string[];
  /** Origins of pages that may use it. */
  readonly origins?: readonly string[];
  /** Whether everybody may read the schema. Default true. */
  readonly introspection?: boolean;
  /** Overrides of the default limits. */
  readonly limits?: Partial<GatewayLimits>;
}

/** A gateway over two toy subgraphs in this process, with its own identity service. */
export async function startToyGraph({
  trustProxy = [],
  origins = [],
  introspection = true,
  limits = {},
}: ToyOptions = {}): Promise<ToyGraph> {
  const seen: Seen = {
    authorBatches: [],
    openStreams: 0,
    streams: 0,
    identityQuestions: [],
    keyQuestions: [],
    titles: {},
    held: [],
  };
  const composed = composeServices([
    { name: 'books', url: 'http://books.invalid', typeDefs: parse(shared + BOOKS) },
    { name: 'authors', url: 'http://authors.invalid', typeDefs: parse(shared + AUTHORS) },
  ]);
  if (!composed.supergraphSdl) throw new Error(composed.errors?.map(({ message }) => message).join('\n'));

  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const sessions = new Map<string, SessionState>([
    ['s1', { userId: 'u1', scopes: ['book:read'], recentUntil: 0, mfaEnrolmentRequired: false }],
  ]);
  const revoked = new Set<string>();
  const apiKeys = new Map<string, ApiKeyState>();
  const away = { identity: false };
  const identity: IdentityProvider = {
    jwks: async () => ({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] }),
    sessions: (questions) => {
      if (away.identity) return Promise.reject(unavailable('The auth service does not answer; try again.'));
      seen.identityQuestions.push(questions.length);
      return Promise.resolve(
        questions.map(({ sessionId, tokenId }) => (revoked.has(tokenId) ? null : (sessions.get(sessionId) ?? null))),
      );
    },
    apiKeys: async (hashes) => {
      seen.keyQuestions.push([...hashes]);
      return hashes.map((hash) => apiKeys.get(hash) ?? null);
    },
  };
  const logger = pino({ level: 'silent' });
  const lifecycle = new Lifecycle(logger);
  const metrics = new Registry();
  const inForce = { ...DEFAULT_LIMITS, ...limits };
  const { server, admission } = createGatewayServer({ logger, metrics, limits: inForce });
  await registerGateway(server, {
    supergraphSdl: composed.supergraphSdl,
    sources: new Map(toySources(seen).map((each) => [each.name, each])),
    identity,
    lifecycle,
    logger,
    admission,
    introspection,
    trustProxy,
    limits: inForce,
    origins: { publicUrl: 'https://flowmesh.example.org', others: origins },
  });
  const port = await listen(server, { host: '127.0.0.1', port: 0 }, lifecycle);
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    metrics,
    seen,
    sessions,
    revoked,
    apiKeys,
    away,
    key: privateKey,
    publicKey,
    token: (claims = {}, header = {}, expiresIn = '5 m') =>
      new SignJWT({ sid: 's1', ...claims })
        .setProtectedHeader({ alg: ACCESS_TOKEN.algorithm, typ: ACCESS_TOKEN.type, kid: 'k1', ...header })
        .setSubject('u1')
        .setIssuer(ACCESS_TOKEN.issuer)
        .setAudience(ACCESS_TOKEN.audience)
        .setJti(typeof claims.jti === 'string' ? claims.jti : newId())
        .setIssuedAt()
        .setExpirationTime(expiresIn)
        .sign(privateKey),
    stop: () => lifecycle.stop(),
  };
}
