import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** The path of its files; the page itself is at the path of the graph. */
export const GRAPHIQL_PATH = '/graphiql';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** All sources are our own origin. The editor creates its workers from blobs and uses inline styles. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Folder of the bundle: beside the bundles of the processes, or in dist if run from the source tree. */
function findBundle(): string | null {
  const places = ['../graphiql', '../../../dist/graphiql'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  return places.find((place) => existsSync(join(place, 'index.html'))) ?? null;
}

/** Serves GraphiQL's files; returns a function that answers with its page, or null if it has not been built. */
export async function serveGraphiql(server: FastifyInstance): Promise<((reply: FastifyReply) => FastifyReply) | null> {
  const folder = findBundle();
  if (!folder) return null;
  const files = new Set((await readdir(folder, { recursive: true })).filter((name) => extname(name) in TYPES));
  const page = await readFile(join(folder, 'index.html'), 'utf8');

  server.get<{ Params: { '*': string } }>(`${GRAPHIQL_PATH}/*`, async (request, reply) => {
    const name = request.params['*'];
    // Only files that existed at the start, so that nothing outside the folder can be requested.
    if (!files.has(name)) return reply.callNotFound();
    return reply
      .type(TYPES[extname(name)] ?? 'application/octet-stream')
      .header('cache-control', name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
      .header('x-content-type-options', 'nosniff')
      .send(await readFile(join(folder, name)));
  });

  return (reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff')
      .send(page);
}
