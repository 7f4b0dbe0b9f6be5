import { turn } from '@flowmesh/platform/turns';
import { applyPatch, type Operation } from 'rfc6902';
import type { JsonObject } from '../contexts/context-record.ts';
import { MAX_LAYER_BYTES, type PatchStep } from './layer-input.ts';
import { placeProblem, valueAtPlace } from './patch-places.ts';

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
 * Applies a JSON Patch (RFC 6902) to the document that is given, which is changed, also when a step fails. Long patches are done in turns of the event loop; one that
 * takes more than two seconds of work in all, or lets the data grow beyond what a layer may hold, is not done.
 */
export async function patchData(given: JsonObject, steps: readonly PatchStep[]): Promise<JsonObject | PatchProblem> {
  let document = given;
  let copied = 0;
  let spent = 0;
  let turnSince = performance.now();
  for (const [step, operation] of steps.entries()) {
    const begun = performance.now();
    const problem = placeProblem(document, operation);
    if (problem) return new PatchProblem(step, problem);
    if (operation.op === 'COPY') copied += sizeOf(valueAtPlace(document, operation.from ?? ''));
    if (copied > MAX_LAYER_BYTES) return new PatchProblem(step, 'it copies more than 2 MB');
    const whole = wholeAfter(document, operation);
    const [error] = whole ? [null] : applyPatch(document, [toOperation(operation)]);
    if (error) return new PatchProblem(step, problemOf(operation, error));
    document = whole ?? document;
    spent += performance.now() - begun;
    if (spent > MOST_MS) return new PatchProblem(step, 'the patch takes too long: send fewer steps');
    if (performance.now() - turnSince > TURN_MS) {
      await turn();
      turnSince = performance.now();
    }
  }
  return document;
}

/** The new document of a step that replaces all of it, which the library does not do; undefined for other steps. */
function wholeAfter(document: JsonObject, { op, path, from, value }: PatchStep): JsonObject | undefined {
  if (path !== '' || op === 'TEST' || op === 'REMOVE') return undefined;
  return (op === 'MOVE' || op === 'COPY' ? valueAtPlace(document, from ?? '') : value) as JsonObject;
}

function toOperation({ op, path, from, value = null }: PatchStep): Operation {
  const operation = { op: op.toLowerCase(), path };
  if (op === 'MOVE' || op === 'COPY') return { ...operation, from } as Operation;
  return (op === 'REMOVE' ? operation : { ...operation, value }) as Operation;
}

const problemOf = ({ op, path }: PatchStep, error: Error): string =>
  error.name === 'TestError'
    ? `the value at ${JSON.stringify(path)} is not the one given`
    : `${op} cannot be done at ${JSON.stringify(path)}`;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
