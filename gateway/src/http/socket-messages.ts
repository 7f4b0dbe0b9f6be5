import { ErrorCode } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { isWithinLimits, readJson, type JsonTextLimits } from '@flowmesh/platform/json';
import type { MessageProblem } from '@flowmesh/platform/server';

/**
 * What is wrong with a message before anything is made of it. A number that cannot be kept is the operation's fault and
 * is told like one; what is no message, or is built to be a burden, ends the socket.
 */
export function messageProblem(message: Buffer, limits: JsonTextLimits): MessageProblem | null {
  // What is no JSON at all is found where it is parsed.
  if (isWithinLimits(message, limits)) return null;
  const read = readJson(message, limits);
  if (read.ok) return null;
  const { code, message: problem } = read.problem;
  if (code !== 'NUMBER') return { close: `The message ${problem}`.slice(0, 120) };
  // As the same operation over HTTP would be told: from its own members on.
  const text = `${problem.replace(/^payload\./, '')}.`;
  return { error: { message: text, extensions: { code: ErrorCode.badInput, requestId: newId() } } };
}
