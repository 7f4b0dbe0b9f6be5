import { toJsonPieces } from '../json/index.ts';
import { SandboxError } from './sandbox-error.ts';

const MAX_CHARACTERS = 16 * 1_048_576;

/** A message to a process, as JSON in pieces. Throws MEMORY when it has more than 16 MB. */
export async function toMessage(value: object): Promise<Buffer[]> {
  const pieces = await toJsonPieces(value, MAX_CHARACTERS);
  if (!pieces) throw new SandboxError('MEMORY', 'needs more than 16 MB of data');
  return pieces;
}
