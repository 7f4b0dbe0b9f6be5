import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Circus } from '@jest/types';
import CleanEnvironment from '../../platform/testing/clean-environment.ts';
import type { TrailEntry } from './trail.ts';

const MAX_SHOWN = 3_000;

/**
 * Adds the last exchanges with the graph to the message of a failing test: operation, variables, answer, log. Ends the
 * processes of the product that a test file has left.
 */
export default class TrailEnvironment extends CleanEnvironment {
  override async teardown(): Promise<void> {
    for (const child of (this.global.runningChildren ?? []) as Iterable<ChildProcess>) child.kill('SIGKILL');
    await super.teardown();
  }

  handleTestEvent(event: Circus.Event): void {
    if (event.name === 'test_start') this.global.graphTrail = [];
    if (event.name !== 'test_fn_failure' || typeof event.error !== 'object' || event.error === null) return;
    const trail = (this.global.graphTrail ?? []) as TrailEntry[];
    const error = event.error as Error;
    const told = trail.map(describe).join('\n');
    if (told && error.stack) error.stack = `${error.stack}\n\nThe last exchanges with the graph:\n${told}`;
  }
}

function describe({ operation, variables, answer, requestId, logFile }: TrailEntry): string {
  const json = (value: unknown) => JSON.stringify(value, null, 2)?.slice(0, MAX_SHOWN) ?? String(value);
  const log = requestId && logFile ? logLines(logFile, requestId) : '';
  return `${operation.trim()}\nvariables ${json(variables)}\nanswer ${json(answer)}\nrequest ${requestId}\n${log}`;
}

function logLines(file: string, requestId: string): string {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines
      .filter((line) => line.includes(requestId))
      .join('\n')
      .slice(-MAX_SHOWN);
  } catch {
    return '';
  }
}
