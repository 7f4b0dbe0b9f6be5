import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { isWithinLimits, readJson, type JsonTextLimits } from '@flowmesh/platform/json';
import type { MessageProblem } from '@flowmesh/platform/server';
import { readParameters } from '../operations/request-parameters.ts';

/**
 * The problem of a message, before it is handled. A number that cannot be represented, or a member of the wrong type
 * (for example variables as a text), is an error of the operation. A message that is malformed or exceeds a limit
 * closes the socket.
 */
export function messageProblem(message: Buffer, limits: JsonTextLimits): MessageProblem | null {
  // Text that is not JSON is detected by the parser.
  if (isWithinLimits(message, limits)) return operationProblem(message);
  const read = readJson(message, limits);
  if (read.ok) return null;
  const { code, message: problem } = read.problem;
  if (code !== 'NUMBER') return { close: `The message ${problem}`.slice(0, 120) };
  // The same path as for the operation over HTTP: it begins at the members of the payload.
  const text = `${problem.replace(/^payload\./, '')}.`;
  return { error: { message: text, extensions: { code: ErrorCode.badInput, requestId: newId() } } };
}

/** The protocol would close the socket, and with it all other operations. */
function operationProblem(message: Buffer): MessageProblem | null {
  const { type, payload } = parsed(message);
  if (type !== 'subscribe' || typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null;
  try {
    readParameters(payload);
    return null;
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    const { message: text, extensions } = error;
    return { error: { message: text, extensions: { ...extensions, requestId: newId() } } };
  }
}

function parsed(message: Buffer): { readonly type?: unknown; readonly payload?: unknown } {
  try {
    return (JSON.parse(message.toString('utf8')) ?? {}) as object;
  } catch {
    return {};
  }
}
