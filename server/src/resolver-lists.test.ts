import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const MODULE = pathToFileURL(join(__dirname, '../../scripts/resolver-lists.mjs')).href;

const SCHEMA = `
  extend type Query { box(id: ID!): Box, boxes: BoxConnection! }
  extend type Mutation { box: Box }
  type Box { id: ID! }
  type BoxConnection { nodes: [Box!]! }
`;
const RIGHT = {
  'boxes/schema.graphql': SCHEMA,
  'boxes/resolvers/Query/box.ts': 'export const box = 1;\n',
  'boxes/resolvers/Query/boxes.ts': 'export const boxes = 2;\n',
  'boxes/resolvers/Mutation/box.ts': 'export const box = 3;\n',
  'boxes/resolvers/Box.ts': 'export const Box = 4;\n',
};

/** Lists the resolvers of a domain that has these files below `modules/`. */
function list(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'flowmesh-resolvers-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      const file = join(root, 'toys/modules', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const code = `import { listAllResolvers } from ${JSON.stringify(MODULE)};
      try { listAllResolvers(${JSON.stringify(root)}, ['toys']); } catch (error) { process.stdout.write(error.message); }`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return { problems: stdout, written: readFileSync(join(root, 'toys/__generated__/resolvers.ts'), 'utf8') };
  } finally {
    rmSync(root, { recursive: true });
  }
}

it('lists each root field and each type', () => {
  expect(list(RIGHT)).toEqual({
    problems: '',
    written: `import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from './graphql.ts';
import { Box } from '../modules/boxes/resolvers/Box.ts';
import { box as Mutation_box } from '../modules/boxes/resolvers/Mutation/box.ts';
import { box as Query_box } from '../modules/boxes/resolvers/Query/box.ts';
import { boxes as Query_boxes } from '../modules/boxes/resolvers/Query/boxes.ts';

/** Everything the schema can be asked for; written by \`npm run generate\` from the files below \`resolvers/\`. */
export const resolvers = {
  Query: {
    box: Query_box,
    boxes: Query_boxes,
  },
  Mutation: {
    box: Mutation_box,
  },
  Box,
  BoxConnection: connectionResolvers,
} satisfies Resolvers;
`,
  });
});

const { 'boxes/resolvers/Query/box.ts': BOX, ...WITHOUT_BOX } = RIGHT;
const MISSING = 'toys/modules/boxes/resolvers/Query/box.ts is not there: Query.box has no resolver';

it.each([
  ['is not written yet', WITHOUT_BOX, MISSING],
  [
    'is named otherwise',
    { ...WITHOUT_BOX, 'boxes/resolvers/Query/getBox.ts': BOX },
    `toys/modules/boxes/resolvers/Query/getBox.ts resolves nothing: schema.graphql of this module has no Query.getBox\n${MISSING}`,
  ],
  [
    'lies in another module',
    { ...WITHOUT_BOX, 'lids/schema.graphql': 'type Lid { id: ID! }', 'lids/resolvers/Query/box.ts': BOX },
    `${MISSING}\ntoys/modules/lids/resolvers/Query/box.ts resolves nothing: schema.graphql of this module has no Query.box`,
  ],
  [
    'is one of several in a file',
    { ...RIGHT, 'boxes/resolvers/Query/box.ts': `${BOX}export const boxed = 5;\n` },
    'toys/modules/boxes/resolvers/Query/box.ts must export `const box` and no other value, as it resolves Query.box',
  ],
  [
    'has another name than its file',
    { ...RIGHT, 'boxes/resolvers/Query/box.ts': 'export const one = 1;\n' },
    'toys/modules/boxes/resolvers/Query/box.ts must export `const box` and no other value, as it resolves Query.box',
  ],
])('refuses a resolver that %s', (_what, files, problem) => {
  expect(list(files).problems).toBe(problem);
});
