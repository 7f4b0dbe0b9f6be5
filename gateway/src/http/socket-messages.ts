import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { isWithinLimits, readJson, type JsonTextLimits } from '@flowmesh/platform/json';
import type { MessageProblem } from '@flowmesh/platform/server';
import { readParameters } from '../operations/request-parameters.ts';

/**
 * What is wrong with a message before anything is made of it. A number that cannot be kept is the operation's fault and
 * is told like one; and so is one whose members are not what they should be, e.g. variables as a text; what is no message, or is built to be a burden,
 * ends the socket.
 */
export function messageProblem(message: Buffer, limits: JsonTextLimits): MessageProblem | null {
  // What is no JSON at all is found where it is parsed.
  if (isWithinLimits(message, limits)) return operationProblem(message);
  const read = readJson(message, limits);
  if (read.ok) return null;
  const { code, message: problem } = read.problem;
  if (code !== 'NUMBER') return { close: `The message ${problem}`.slice(0, 120) };
  // As the same operation over HTTP would be told: from its own members on.
  const text = `${problem.replace(/^payload\./, '')}.`;
  return { error: { message: text, extensions: { code: ErrorCode.badInput, requestId: newId() } } };
}

/** The protocol would end the socket for it, and all other operations with it. */
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
