import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { FIRST_QUERY } from './first-query.ts';

const graph = new URL('/graphql', window.location.href);
const socket = new URL(graph);
socket.protocol = graph.protocol === 'https:' ? 'wss:' : 'ws:';

// Subscriptions carry the entries of the Headers tab as connection parameters.
const fetcher = createGraphiQLFetcher({
  url: graph.href,
  subscriptionUrl: socket.href,
  enableIncrementalDelivery: false,
});
const plugins = [HISTORY_PLUGIN, explorerPlugin()];

const container = document.getElementById('graphiql');
if (container) {
  createRoot(container).render(
    <StrictMode>
      <GraphiQL
        fetcher={fetcher}
        plugins={plugins}
        defaultQuery={FIRST_QUERY}
        defaultEditorToolsVisibility="headers"
        isHeadersEditorEnabled
        // A token in the browser's storage outlives the tab: only when the user asks for it.
        shouldPersistHeaders={false}
      />
    </StrictMode>,
  );
}
