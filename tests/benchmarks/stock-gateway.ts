// Apollo's own gateway as its documentation shows it, on the same supergraph and the same subgraph processes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloGateway, RemoteGraphQLDataSource, type GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { VIEWER_HEADER, createViewerSigner, type Viewer } from '@flowmesh/platform/access';
import { ROOT } from '../harness/test-config.ts';

interface Settings {
  readonly port: number;
  readonly secret: string;
  readonly viewer: Viewer;
  readonly subgraphUrls: Readonly<Record<string, string>>;
}

const settings = JSON.parse(process.argv[2]!) as Settings;
const sign = createViewerSigner(settings.secret);

class SignedSource extends RemoteGraphQLDataSource {
  constructor(private readonly subgraph: string) {
    super({ url: `${settings.subgraphUrls[subgraph]}/graphql` });
  }

  override async willSendRequest({ request }: GraphQLDataSourceProcessOptions): Promise<void> {
    request.http?.headers.set(VIEWER_HEADER, sign(settings.viewer, this.subgraph));
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(join(ROOT, 'gateway/__generated__/supergraph.graphql'), 'utf8'),
  buildService: ({ name }) => new SignedSource(name),
});
const server = new ApolloServer({ gateway });
await startStandaloneServer(server, { listen: { port: settings.port, host: '127.0.0.1' } });
process.send?.('ready');
