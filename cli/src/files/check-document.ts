import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { FILE_SCHEMAS } from '../__generated__/file-schemas.ts';
import type { FileDocument, FileProblem, Path } from './document.ts';

export type DocumentKind = keyof typeof FILE_SCHEMAS;

const KINDS: Readonly<Record<string, DocumentKind>> = { Workflow: 'workflow', Agent: 'agent' };
const checks = new Map<DocumentKind, ValidateFunction>();

/** What a document describes: `kind`, or a workflow, when it is left out. Null for what this program does not know. */
export function kindOf({ value }: FileDocument): DocumentKind | null {
  if (typeof value !== 'object' || value === null) return null;
  const { kind } = value as { readonly kind?: unknown };
  return kind === undefined ? 'workflow' : typeof kind === 'string' ? (KINDS[kind] ?? null) : null;
}

/** What is not of the form that files have: unknown names, wrong types, missing values. */
export function problemsOf(document: FileDocument): FileProblem[] {
  const kind = kindOf(document);
  if (!kind) return [{ at: document.at(['kind']), message: `kind must be one of ${Object.keys(KINDS).join(', ')}` }];
  const check = checkOf(kind);
  if (check(document.value)) return [];
  const problems = (check.errors ?? []).filter(isCause).map((error) => ({
    at: document.at(pathOf(error)),
    message: `${pathOf(error).join('.') || kind}: ${messageOf(error)}`,
  }));
  return [...new Map(problems.map((problem) => [`${problem.at} ${problem.message}`, problem])).values()];
}

function checkOf(kind: DocumentKind): ValidateFunction {
  const known = checks.get(kind);
  if (known) return known;
  const check = new Ajv2020({ allErrors: true, verbose: true, strict: false, validateFormats: false }).compile(
    FILE_SCHEMAS[kind],
  );
  checks.set(kind, check);
  return check;
}

/** `oneOf` and `anyOf` only sum up what was said of their parts. */
const isCause = ({ keyword, schemaPath }: ErrorObject): boolean =>
  keyword !== 'anyOf' && !(keyword === 'type' && schemaPath.includes('/anyOf/1/')) && keyword !== 'const';

function pathOf({ instancePath, keyword, params }: ErrorObject): Path {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const { additionalProperty } = params as { readonly additionalProperty?: string };
  return keyword === 'additionalProperties' && additionalProperty !== undefined ? [...path, additionalProperty] : path;
}

function messageOf({ keyword, message, schema }: ErrorObject): string {
  if (keyword === 'additionalProperties') return 'there is no such setting';
  if (keyword !== 'oneOf') return message ?? 'is not right';
  const values = (Array.isArray(schema) ? schema : []) as readonly { readonly const?: string }[];
  return `must be one of ${values.flatMap((value) => value.const ?? []).join(', ')}`;
}
