import { declaredOperations, operationName, readOperation } from './operations.mjs';
import { isObject, readDocument } from './read-document.mjs';
import { shown } from './shown.mjs';
import { Unsupported } from './references.mjs';
import { readSecuritySchemes } from './security.mjs';

const MAX_SERVERS = 20;
const MAX_SKIPPED = 500;
const MAX_SCHEMA_BYTES = 240 * 1024;

function serversOf({ servers }) {
  const urls = (Array.isArray(servers) ? servers : []).filter((each) => isObject(each) && typeof each.url === 'string');
  return urls.slice(0, MAX_SERVERS).map(({ url, variables }) =>
    shown(
      url.replace(/\{([^{}]*)\}/g, (whole, name) => {
        const variable = isObject(variables) ? variables[name] : undefined;
        return isObject(variable) && typeof variable.default === 'string' ? variable.default : whole;
      }),
      2_000,
    ),
  );
}

const isWanted = ({ tags, operations }, declared, name) =>
  (tags === null || (Array.isArray(declared.tags) && declared.tags.some((tag) => tags.includes(tag)))) &&
  (operations === null || operations.includes(name) || operations.includes(declared.operationId));

/** Names must be unique; the later one is told apart by a number. */
function unique(name, taken) {
  let free = name;
  for (let at = 2; taken.has(free); at += 1) free = `${name.slice(0, 96)}_${at}`;
  taken.add(free);
  return free;
}

/**
 * Operations of an OpenAPI document. `program`: which `tags` and `operations` (names or operationIds) are wanted, null for
 * all, and how many at `most`. `input`: the document as text.
 */
export async function runOpenApi(program, input) {
  const read = await readDocument(input);
  const { document, version, problems } = read;
  const taken = new Set();
  const [operations, skipped] = [[], []];
  let [wanted, bytes] = [0, 0];
  for (const declared of declaredOperations(document)) {
    const { path, method, operation } = declared;
    const name = unique(operationName(operation.operationId, method, path), taken);
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
  });
}
