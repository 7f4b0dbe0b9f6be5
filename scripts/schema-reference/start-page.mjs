import { anchorOf, headingOf } from './page.mjs';
import { cell, firstSentence, whoMayBegin } from './words.mjs';

/** Words for a domain, where its name is none; others are called by their names. */
const TITLES = { auth: 'Accounts, sessions, roles, keys', gateway: 'The product itself' };

const titleOf = (domain) => TITLES[domain] ?? `${domain[0].toUpperCase()}${domain.slice(1)}s`;

const ABOUT = `# Schema reference

Every operation and type of the graph: what it means, its limits and defaults, who may use it, and what it costs. Each
text stands in the SDL too, so GraphiQL (open \`/graphql\` in a browser) and introspection show the same. How requests are
made, signed in and refused is in the [guide for authors of clients](../reference/clients.md); what \`Cost\` counts against
in the [limits of a request](../reference/limits.md).

## Answers of mutations

A mutation takes one \`input\` and answers a union: its success, or one of the errors that a client can act on. All errors
implement [\`MutationError\`](shared.md#mutationerror), so this asks for each of them:

\`\`\`graphql
mutation ($input: RegisterAgentInput!) {
  registerAgent(input: $input) {
    ... on RegisterAgentSuccess {
      agent {
        id
      }
    }
    ... on InvalidInputError {
      fields {
        path
        message
      }
    }
    ... on MutationError {
      code
      message
    }
  }
}
\`\`\`

With an error nothing was changed. More members may be added to a union: handle an unknown \`__typename\` by its \`code\` and
\`message\`. Everything else (not signed in, a scope that is missing, too many requests, a fault of the product) is in
\`errors\` of the response, with the codes of the [guide](../reference/clients.md#errors).

## Lists

A list that is read page by page is a connection: \`edges\` (each with its \`cursor\` and \`node\`), \`nodes\`, \`pageInfo\`
and \`totalCount\`, which is counted only when asked for. \`first\` is 1 to 100, by default 20; \`after\` is the \`endCursor\` of
the page before. A \`filter\` gives rows that meet all of its conditions; one that is left out or null asks for nothing.
\`orderBy\` is good together with the cursors that were read in that order. Rows with the same value are ordered by id.

## Who may

Rules name scopes, \`resource:action\`, that roles give to users. Scopes that end in \`-any\` mean everybody's objects, those
without it your own. What you may not see does not exist for you: single objects are null, and mutations answer
\`NotFoundError\`. \`accessRules\` and \`explainAccess\` tell the same at run time.

A _recent sign-in_ is one within the last hour, or \`REAUTHENTICATION_MINUTES\`; otherwise the error is
\`REAUTHENTICATION_REQUIRED\`.

## Values

Times are UTC, in ISO 8601. Durations say their unit in their name (\`Ms\`, \`Seconds\`, \`Days\`). Limits of texts count
characters (code points) unless they say bytes. Ids are opaque.`;

/** The page that one begins with: what holds everywhere, and every operation with a link. */
export function startPage(graph, { rootField }) {
  const withRoots = graph.pages.filter((page) => page.domain !== 'shared' && page.roots.length > 0);
  const domains = [...new Set(withRoots.map(({ domain }) => domain))].sort();
  const sections = domains.map((domain) => {
    const pages = withRoots.filter((page) => page.domain === domain);
    return [`## ${titleOf(domain)}`, ...pages.map((page) => operationsOf(page))].join('\n\n');
  });
  const { path } = graph.pages.find(({ domain }) => domain === 'shared');
  return [ABOUT, ...sections, `## Shared types\n\nTypes that all domains use: [${path}](${path}).`].join('\n\n');

  function operationsOf(page) {
    const lines = page.roots.map((root) => {
      const field = rootField(graph, root);
      const who = whoMayBegin(graph.rules.get(headingOf(root))[0]);
      const what = firstSentence(field.description.value);
      return `| [\`${root.name}\`](${page.path}#${anchorOf(headingOf(root))}) | ${root.type} | ${cell(what)} | ${cell(who)} |`;
    });
    return [
      `### [${page.title}](${page.path})`,
      ['| Operation | | | Who may |', '| --- | --- | --- | --- |', ...lines].join('\n'),
    ].join('\n\n');
  }
}
