// What the same resolvers do without federation: one graphql-js schema behind a plain HTTP server.
import { createServer } from 'node:http';
import type { Viewer } from '@flowmesh/platform/access';
import { loadPlatformConfig } from '@flowmesh/platform/config';
import { createLocalSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import { createLogger } from '@flowmesh/platform/logging';
import type { Subgraph } from '@flowmesh/platform/subgraph';
import { createPlatform } from '@flowmesh/platform/runtime';
import { execute, parse, validate, type DocumentNode } from 'graphql';
import { Registry } from 'prom-client';
import { createSubgraph as createAgent } from '../../subgraphs/agent/src/subgraph.ts';
import { createSubgraph as createAuth } from '../../subgraphs/auth/src/subgraph.ts';
import { createSubgraph as createWorkflow } from '../../subgraphs/workflow/src/subgraph.ts';
import { createContexts, monolithSchema } from './monolith-schema.ts';

const settings = JSON.parse(process.argv[2]!) as { readonly port: number; readonly userId: string };
const logger = createLogger({ level: 'warn', name: 'monolith' });
const lifecycle = new Lifecycle(logger);
const platform = await createPlatform(
  {
    config: loadPlatformConfig(),
    logger,
    metrics: new Registry(),
    lifecycle,
    fail: (reason) => {
      throw reason;
    },
  },
  { domains: ['auth', 'agent', 'workflow'] },
);
const subgraphs: Subgraph[] = [];
for (const create of [createAuth, createAgent, createWorkflow]) {
  const subgraph = create(platform, { api: true, worker: false });
  platform.addSource(createLocalSource(subgraph, logger));
  subgraphs.push(subgraph);
}
const schema = await monolithSchema(subgraphs);
const viewer: Viewer = { kind: 'service', service: 'bench', userId: settings.userId, scopes: ['*:*'] };
const documents = new Map<string, DocumentNode>();

function documentOf(query: string): DocumentNode {
  const known = documents.get(query);
  if (known) return known;
  const document = parse(query);
  const errors = validate(schema, document);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  documents.set(query, document);
  return document;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => void answer(Buffer.concat(chunks).toString('utf8')).then((text) => response.end(text)));
});

async function answer(body: string): Promise<string> {
  const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
  const contextValue = createContexts(subgraphs, { viewer, requestId: newId() });
  return JSON.stringify(
    await execute({ schema, document: documentOf(query), variableValues: variables, contextValue }),
  );
}

await new Promise<void>((resolve) => server.listen(settings.port, '127.0.0.1', resolve));
process.send?.('ready');
process.once('SIGTERM', () => void lifecycle.stop().then(() => process.exit(0)));
