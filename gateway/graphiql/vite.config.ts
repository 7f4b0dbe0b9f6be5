import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Everything GraphiQL needs is bundled, its editor's workers too: the page asks nobody but its own server.
export default defineConfig({
  // Where the gateway serves the files; the page itself is `GET /graphql`.
  base: '/graphiql/',
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // The editor alone is larger than the limit the warning is about.
    chunkSizeWarningLimit: 8_000,
    // Links of data would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
  },
});
