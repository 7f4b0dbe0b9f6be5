import { readJson } from '@flowmesh/platform/json';
import { CallError } from '@flowmesh/platform/resilience';

const LIMITS = { maxDepth: 64, maxValues: 200_000 };

const isJson = (type: string) => /[/+]json\b/i.test(type);
const isText = (type: string) => /^text\/|[/+]xml\b|\/(?:javascript|x-www-form-urlencoded|yaml|x-yaml)\b/i.test(type);

/**
 * The output of a call: the value of JSON, `{text}` of other texts, `{base64, contentType}` of everything else and of what is not
 * in the encoding that it says. Without a media type JSON is expected. Null for an empty answer. Throws `CallError` for JSON that
 * cannot be used, and for bytes that hold one of the secrets: they could not be masked in base64.
 */
export async function readAnswer(response: Response, secrets: readonly string[]): Promise<unknown> {
  const bytes = Buffer.from(await response.arrayBuffer());
  if (bytes.length === 0) return null;
  const contentType = response.headers.get('content-type') ?? 'application/json';
  if (isJson(contentType)) return readJsonAnswer(bytes);
  const text = isText(contentType) ? decoded(bytes, charsetOf(contentType)) : null;
  if (text !== null) return { text };
  if (secrets.some((secret) => secret !== '' && bytes.includes(secret)))
    throw unusable('it holds credentials of the call');
  return { base64: bytes.toString('base64'), contentType };
}

function readJsonAnswer(bytes: Buffer): unknown {
  // Always UTF-8 (RFC 8259).
  const text = decoded(bytes, 'utf-8');
  const read = text === null ? null : readJson(text, LIMITS);
  if (read?.ok) return read.value;
  throw unusable(read ? read.problem.message : 'it is not encoded in UTF-8');
}

const unusable = (why: string) =>
  new CallError('INVALID_OUTPUT', `The service’s answer cannot be used: ${why}.`, { retryable: false, fault: false });

const charsetOf = (contentType: string): string => /;\s*charset="?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8';

/** Null for bytes that are not in the encoding, and for an encoding that nobody knows. */
function decoded(bytes: Buffer, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
