// Writes docs/schema from the SDL: every operation and type with its description, access rule and cost. With `--check`
// nothing is written: says which files are not what would be. Run it with `npm run docs`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readGraph, rootField } from './schema-reference/graph.mjs';
import { anchorOf, belongingTo, headingOf, modulePage } from './schema-reference/page.mjs';
import { startPage } from './schema-reference/start-page.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'docs/schema');
const graph = readGraph(root);

/** Where each type is described, as `page.md#anchor`. */
const places = new Map();
for (const page of graph.pages) {
  for (const { name } of page.types) places.set(name.value, `${page.path}#${anchorOf(name.value)}`);
}
for (const page of graph.pages) {
  for (const operation of page.roots) {
    for (const type of belongingTo(operation, graph.types)) {
      places.set(type, `${page.path}#${anchorOf(headingOf(operation))}`);
    }
  }
}
const LISTS = 'README.md#lists';
const placeOf = (type) => (/(Connection|Edge)$/.test(type) && graph.types.has(type) ? LISTS : places.get(type));

const linkFrom = (path) => (type) => {
  const place = placeOf(type);
  if (!place) return null;
  const [file, anchor] = place.split('#');
  return file === path ? `#${anchor}` : `${posix.relative(posix.dirname(path), file)}#${anchor}`;
};

/** An example of an operation, where there is one. */
function exampleOf({ name }) {
  const file = join(folder, 'examples', `${name}.graphql`);
  return existsSync(file) ? [`**Example**\n\n\`\`\`graphql\n${readFileSync(file, 'utf8').trim()}\n\`\`\``] : [];
}

const NOTICE = '<!-- Written by scripts/schema-reference.mjs from the SDL: change that, then run `npm run docs`. -->';

const files = new Map([['README.md', `${NOTICE}\n\n${startPage(graph, { rootField })}\n`]]);
for (const page of graph.pages) {
  const up = posix.relative(posix.dirname(page.path), 'README.md');
  const body = modulePage(page, { ...graph, link: linkFrom(page.path), example: exampleOf });
  files.set(page.path, `${NOTICE}\n\n# ${page.title}\n\n[Schema reference](${up}) · \`${page.source}\`\n\n${body}\n`);
}

const written = () =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((path) => path.endsWith('.md'))
        .map((path) => path.replaceAll('\\', '/'))
    : [];

function check() {
  const stale = [...files].filter(([path, text]) => {
    const file = join(folder, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  const wrong = [...stale.map(([path]) => path), ...written().filter((path) => !files.has(path))];
  if (wrong.length === 0) return;
  process.stderr.write(`Not what the SDL says: ${wrong.join(', ')}. Run \`npm run docs\`.\n`);
  process.exitCode = 1;
}

function write() {
  for (const path of written()) if (!files.has(path)) rmSync(join(folder, path));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

if (process.argv.includes('--check')) check();
else write();
