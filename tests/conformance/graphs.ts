import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { execute, parse, subscribe, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createViewerSigner, createViewerVerifier, ANONYMOUS } from '@flowmesh/platform/access';
import {
  createLocalSource,
  createRemoteSource,
  type CallContext,
  type SubgraphSource,
} from '@flowmesh/platform/federation';
import { buildSubgraphSchema, type ResolverMap } from '@flowmesh/platform/graphql';
import type { Lifecycle } from '@flowmesh/platform/lifecycle';
import { createHttpServer, listen } from '@flowmesh/platform/server';
import { createPlanRunner, type PlanRunner } from '../../gateway/src/supergraph/plan-runner.ts';
import { join } from 'node:path';
import { registerSubgraphHttp } from '../../platform/server/subgraph-http.ts';
import { registerSubgraphSocket } from '../../platform/server/subgraph-socket.ts';
import { createPlanner } from '../../gateway/src/supergraph/planner.ts';
import { ROOT } from '../harness/test-config.ts';
import { resolveField, subscribeField, thing, type DataContext, type Thing } from './data.ts';
import { numberOf } from './random.ts';
import { generateSubgraphs, type GeneratedSubgraph } from './schema-generator.ts';

const SHARED = readFileSync(join(ROOT, 'platform/graphql/shared.graphql'), 'utf8');
const SECRET = 'a secret that is long enough for tests';
const MESSAGES = 10;
const logger = pino({ level: 'silent' });
const call = (): CallContext => ({ viewer: ANONYMOUS, requestId: 'request-0001' });

type Variables = Readonly<Record<string, unknown>>;
export type Answers = readonly ExecutionResult[];

/** A supergraph of generated subgraphs, which answers as the gateway does and as graphql-js does. */
export interface Graph {
  readonly seed: string;
  /** As clients see it. */
  readonly schema: GraphQLSchema;
  /** One answer; of a subscription all of them. */
  throughGateway(document: DocumentNode, variables: Variables): Promise<Answers>;
  byGraphQLJS(document: DocumentNode, variables: Variables): Promise<Answers>;
}

/** Subgraphs in this process, or each behind a server of its own, as the two topologies have them. */
export async function makeGraph(seed: string, topology: 'local' | 'remote', lifecycle: Lifecycle): Promise<Graph> {
  const subgraphs = generateSubgraphs(seed);
  const composed = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(SHARED + sdl) })),
  );
  if (!composed.supergraphSdl) {
    throw new Error(`${seed} does not compose: ${composed.errors?.map(({ message }) => message).join('\n')}`);
  }
  const supergraph = Supergraph.build(composed.supergraphSdl, { validateSupergraph: false });
  const schema = supergraph.apiSchema().toGraphQLJSSchema();
  const context: DataContext = { later: numberOf(seed, 2) === 0, whole: false };
  const sources = new Map<string, SubgraphSource>();
  for (const subgraph of subgraphs) sources.set(subgraph.name, await sourceOf(subgraph, context, topology, lifecycle));
  const runner = createPlanRunner({ supergraph, schema, planner: createPlanner(supergraph), sources });
  return {
    seed,
    schema,
    throughGateway: (document, variables) => throughGateway(runner, sources, document, variables),
    byGraphQLJS: (document, variables) => byGraphQLJS(schema, { ...context, whole: true }, document, variables),
  };
}

async function throughGateway(
  runner: PlanRunner,
  sources: ReadonlyMap<string, SubgraphSource>,
  document: DocumentNode,
  variables: Variables,
): Promise<Answers> {
  if (!isSubscription(document)) return [await runner.planOperation(document, undefined).execute(variables, call())];
  const plan = await runner.planSubscription(document, undefined, call().viewer);
  const { query, operationName } = plan;
  const request = { query, operationName, variables: plan.streamVariables(variables) };
  const stream = await sources.get(plan.subgraph)!.subscribe(request, call());
  if (!(Symbol.asyncIterator in stream)) return [stream];
  const answers: ExecutionResult[] = [];
  for await (const event of stream) {
    // The stream itself has failed: there is nothing to complete.
    answers.push(
      event.errors && !event.data && !event.errors.some(({ path }) => path)
        ? event
        : await plan.complete(event, variables, call()),
    );
    if (answers.length === MESSAGES) break;
  }
  return answers;
}

async function byGraphQLJS(
  schema: GraphQLSchema,
  contextValue: DataContext,
  document: DocumentNode,
  variableValues: Variables,
): Promise<Answers> {
  const args = {
    contextValue,
    schema,
    document,
    variableValues,
    fieldResolver: resolveField,
    subscribeFieldResolver: subscribeField,
  };
  if (!isSubscription(document)) return [await execute(args)];
  const stream = await subscribe(args);
  if (!(Symbol.asyncIterator in stream)) return [stream];
  const answers: ExecutionResult[] = [];
  for await (const answer of stream) answers.push(answer);
  return answers;
}

const isSubscription = ({ definitions }: DocumentNode) =>
  definitions.some(
    (definition) => definition.kind === 'OperationDefinition' && definition.operation === 'subscription',
  );

async function sourceOf(
  { name, sdl }: GeneratedSubgraph,
  context: DataContext,
  topology: 'local' | 'remote',
  lifecycle: Lifecycle,
): Promise<SubgraphSource> {
  const typeDefs = parse(SHARED + sdl);
  const subgraph = {
    name,
    version: '1',
    description: name,
    ...buildSubgraphSchema(typeDefs, resolversOf(typeDefs)),
    createContext: () => context,
    checks: [],
    start: () => Promise.resolve(),
  };
  const local = createLocalSource(subgraph, logger);
  if (topology === 'local') return local;
  const server = createHttpServer({ logger, metrics: new Registry() });
  const options = { subgraph, source: local, verifyViewer: createViewerVerifier(SECRET, name), logger };
  await registerSubgraphHttp(server, options);
  registerSubgraphSocket(server, options);
  const port = await listen(server, { host: '127.0.0.1', port: 0 }, lifecycle);
  const url = `http://127.0.0.1:${port}`;
  const remote = createRemoteSource({
    name,
    url,
    signViewer: createViewerSigner(SECRET),
    asksToWait: () => false,
    idleCloseMs: 50,
  });
  lifecycle.onStop(name, () => remote.close());
  return remote;
}

function resolversOf(typeDefs: DocumentNode): ResolverMap {
  const resolvers: Record<string, Record<string, unknown>> = {};
  for (const definition of typeDefs.definitions) {
    if (definition.kind !== 'ObjectTypeDefinition' && definition.kind !== 'ObjectTypeExtension') continue;
    const name = definition.name.value;
    if (name === 'PageInfo') continue;
    const own = (resolvers[name] ??= {});
    for (const field of definition.fields ?? []) {
      own[field.name.value] =
        name === 'Subscription' ? { resolve: resolveField, subscribe: subscribeField } : resolveField;
    }
    if (definition.directives?.some((directive) => directive.name.value === 'key')) {
      own.__resolveReference = ({ id, code, safe }: Partial<Thing>) => thing(name, id ?? code!.slice(1), safe);
    }
  }
  return resolvers;
}
