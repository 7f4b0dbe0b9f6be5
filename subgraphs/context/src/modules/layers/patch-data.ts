import { turn } from '@flowmesh/platform/turns';
import { applyPatch, type Operation } from 'rfc6902';
import type { JsonObject } from '../contexts/context-record.ts';
import { MAX_LAYER_BYTES, type PatchStep } from './layer-input.ts';

/** Why a step of a patch was not done. */
export class PatchProblem {
  constructor(
    readonly step: number,
    readonly message: string,
  ) {}
}

/** Between two turns of the event loop. */
const TURN_MS = 10;
const MOST_MS = 2_000;

/**
 * The data with a JSON Patch (RFC 6902) applied: all steps or none. Long patches are done in turns of the event loop; one that
 * takes more than two seconds of work in all, or lets the data grow beyond what a layer may hold, is not done.
 */
export async function patchData(data: JsonObject, steps: readonly PatchStep[]): Promise<JsonObject | PatchProblem> {
  const document = structuredClone(data);
  let copied = 0;
  let spent = 0;
  let turnSince = performance.now();
  for (const [step, operation] of steps.entries()) {
    const begun = performance.now();
    const [error] = applyPatch(document, [toOperation(operation)]);
    if (error) return new PatchProblem(step, problemOf(operation, error));
    if (operation.op === 'COPY') copied += sizeAt(document, operation.path);
    if (copied > MAX_LAYER_BYTES) return new PatchProblem(step, 'it copies more than 2 MB');
    spent += performance.now() - begun;
    if (spent > MOST_MS) return new PatchProblem(step, 'the patch takes too long: send fewer steps');
    if (performance.now() - turnSince > TURN_MS) {
      await turn();
      turnSince = performance.now();
    }
  }
  return document;
}

function toOperation({ op, path, from, value = null }: PatchStep): Operation {
  const operation = { op: op.toLowerCase(), path };
  if (op === 'MOVE' || op === 'COPY') return { ...operation, from } as Operation;
  return (op === 'REMOVE' ? operation : { ...operation, value }) as Operation;
}

function problemOf({ op, path, from }: PatchStep, error: Error): string {
  if (error.name === 'TestError') return `the value at ${JSON.stringify(path)} is not the one given`;
  const place = JSON.stringify(from == null ? path : from);
  return error.name === 'MissingError' ? `there is nothing at ${place} for ${op}` : `${op} cannot be done at ${place}`;
}

function sizeAt(document: JsonObject, path: string): number {
  let at: unknown = document;
  for (const token of path.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    at = Array.isArray(at) && key === '-' ? at.at(-1) : (at as JsonObject | undefined)?.[key];
  }
  return Buffer.byteLength(JSON.stringify(at) ?? '');
}
