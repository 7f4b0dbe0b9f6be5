import { ConfigError } from '../config/index.ts';
import { DatabaseStartError } from '../database/index.ts';
import { StartError } from '../errors/index.ts';

/** The message for the operator; null for an unexpected error. */
export function explainStartError(error: unknown): string | null {
  const foreseen = [ConfigError, DatabaseStartError, StartError].some((kind) => error instanceof kind);
  return foreseen ? (error as Error).message : null;
}

/** Runs a part of the start whose failures are the operator's business, and have messages for them. */
export async function foreseen<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (explainStartError(error) !== null || !(error instanceof Error)) throw error;
    throw new StartError(error.message, { cause: error });
  }
}
