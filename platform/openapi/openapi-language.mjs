import { declaredOperations, operationName, readOperation } from './operations.mjs';
import { isObject, readDocument } from './read-document.mjs';
import { shown } from './shown.mjs';
import { Unsupported } from './references.mjs';
import { urlsOf } from './servers.mjs';
import { readSecuritySchemes } from './security.mjs';

const MAX_SKIPPED = 500;
const MAX_SCHEMA_BYTES = 240 * 1024;
/** Of what there is, told to whoever asks for something else. */
const MAX_NAMES = 20;

const serversOf = ({ servers }) => urlsOf(servers).map((url) => shown(url, 2_000));

const isWanted = ({ tags, operations }, declared, name) =>
  (tags === null || (Array.isArray(declared.tags) && declared.tags.some((tag) => tags.includes(tag)))) &&
  (operations === null || operations.includes(name) || operations.includes(declared.operationId));

/** Names must be unique; the later one is told apart by a number. `taken` remembers the number that is next. */
function unique(name, taken) {
  let free = name;
  let at = taken.get(name) ?? 2;
  for (; taken.has(free); at += 1) free = `${name.slice(0, 93)}_${at}`;
  taken.set(name, at).set(free, taken.get(free) ?? 2);
  return free;
}

/** What is asked for and is not in the document, and what is. */
class Selection {
  #known = { tags: new Set(), operations: new Set() };
  #names = [];

  add({ tags, operationId }, name) {
    for (const tag of Array.isArray(tags) ? tags : []) this.#known.tags.add(tag);
    this.#known.operations.add(name).add(operationId);
    this.#names.push(name);
  }

  unknown(asked) {
    const lacking = (kind) => (asked[kind] ?? []).filter((each) => !this.#known[kind].has(each));
    const first = (names) => names.slice(0, MAX_NAMES).map((name) => String(name).slice(0, 200));
    return {
      tags: { unknown: lacking('tags'), known: first([...this.#known.tags]) },
      operations: { unknown: lacking('operations'), known: first(this.#names) },
    };
  }
}

/**
 * Operations of an OpenAPI document. `program`: which `tags` and `operations` (names or operationIds) are wanted, null for
 * all, and how many at `most`. `input`: the document as text.
 */
export async function runOpenApi(program, input) {
  const read = await readDocument(input);
  const { document, version, problems } = read;
  const taken = new Map();
  const selection = new Selection();
  const [operations, skipped] = [[], []];
  let [wanted, bytes] = [0, 0];
  for (const declared of declaredOperations(document)) {
    const { path, method, operation } = declared;
    const name = unique(operationName(operation.operationId, method, path), taken);
    selection.add(operation, name);
    if (!isWanted(program, operation, name)) continue;
    wanted += 1;
    if (operations.length >= program.most) continue;
    try {
      const { operation: made, notes } = readOperation(read, declared);
      const sizeOf = (schema) => (schema === null ? 0 : Buffer.byteLength(JSON.stringify(schema)));
      if (bytes + sizeOf(made.inputSchema) > MAX_SCHEMA_BYTES)
        throw new Unsupported('the schemas of all operations together are too large: select fewer operations');
      bytes += sizeOf(made.inputSchema);
      if (bytes + sizeOf(made.outputSchema) > MAX_SCHEMA_BYTES) {
        made.outputSchema = null;
        notes.push('Answers are not checked: the schemas of all operations together are too large.');
      }
      bytes += sizeOf(made.outputSchema);
      operations.push({ name, ...made, notes });
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      if (skipped.length < MAX_SKIPPED)
        skipped.push({ name, method: method.toUpperCase(), path: shown(path, 500), reason: shown(error.message, 500) });
    }
  }
  const { title = null, version: documentVersion = null } = isObject(document.info) ? document.info : {};
  const text = (value) => (value === null ? null : shown(String(value), 500));
  return JSON.stringify({
    ...{
      title: text(title),
      documentVersion: text(documentVersion),
      openApiVersion: String(document.openapi).slice(0, 20),
      problems: problems.map((problem) => shown(problem, 1_000)),
    },
    ...{ servers: serversOf(document), securitySchemes: readSecuritySchemes(document), wanted, operations, skipped },
    selected: selection.unknown(program),
  });
}
