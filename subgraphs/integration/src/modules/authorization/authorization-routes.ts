import type { Subgraph } from '@flowmesh/platform/subgraph';

/** Below the public address of the product. */
const AUTHORIZED_PATH = '/services/integration/authorized';

/** Where people arrive after they have allowed an integration, unless a client has a page of its own. */
export const authorizedUrl = (publicUrl: string): string => `${publicUrl}${AUTHORIZED_PATH}`;

const PAGE = `<!doctype html>
<html lang="en">
<title>Authorization</title>
<h1>One more step</h1>
<p>Copy the whole address of this page, and give it to the mutation <code>completeIntegrationAuthorization</code> as
<code>redirectedTo</code>, signed in as you were when you began. It works once, within ten minutes.</p>
</html>
`;

/** A page without scripts: whoever began completes it, signed in, so that nobody can be made to connect another's account. */
export const authorizationRoutes: NonNullable<Subgraph['registerRoutes']> = (server) => {
  server.get(AUTHORIZED_PATH, (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('content-security-policy', "default-src 'none'")
      .send(PAGE),
  );
};
