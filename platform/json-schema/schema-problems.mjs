/** Many errors are the same problem; beyond so many nobody looks. */
const MAX_ERRORS = 1_000;
/** Characters of a path, a message, a value in one. */
const MAX_SHOWN = 300;

/** JSON pointer `/steps/2/name` as `steps[2].name`. */
function toPath(pointer) {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path ? `${path}.${part}` : part), '');
}

const cut = (text) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

function messageOf({ keyword, message, params }, shownOnce) {
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not allowed here';
    case 'enum':
      return `must be one of ${shownOnce(params.allowedValues)}`;
    case 'const':
      return `must be ${shownOnce(params.allowedValue)}`;
    default:
      return cut(message ?? 'is not valid');
  }
}

function pathOf({ instancePath, params }) {
  const below = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  const place = toPath(instancePath);
  if (typeof below !== 'string') return place;
  return place ? `${place}.${below}` : below;
}

/** Errors of the library as problems with a path like `steps[2].name`, each told once, at most `most`. */
export function toProblems(errors, most) {
  const texts = new Map();
  const shownOnce = (value) => {
    if (!texts.has(value)) texts.set(value, cut(JSON.stringify(value) ?? ''));
    return texts.get(value);
  };
  const problems = new Map();
  for (const error of errors.slice(0, MAX_ERRORS)) {
    const problem = { path: cut(pathOf(error)), message: messageOf(error, shownOnce) };
    problems.set(`${problem.path}\u0000${problem.message}`, problem);
    if (problems.size === most) break;
  }
  return [...problems.values()];
}
