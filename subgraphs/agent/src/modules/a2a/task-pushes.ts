import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@flowmesh/platform/logging';
import { textProblem } from '@flowmesh/platform/validation';
import type { TaskPushStore } from './task-push-store.ts';

/** Below the public address of the product. */
export const TASKS_PATH = '/services/agent/tasks';
/** Between two looks for what was told, while somebody waits for it. */
const LOOK_MS = 1_000;
const TOKEN_BYTES = 32;
/** The hash of no token, so that a task nobody may tell of takes as long to refuse as a wrong token. */
const NO_HASH = Buffer.alloc(32);

/** Where an agent tells that something has happened to its task, and by what it is known. */
export interface PushTarget {
  readonly url: string;
  readonly token: string;
}

interface TaskPushesParts {
  readonly store: TaskPushStore;
  /** Null where agents could not reach it. */
  readonly publicUrl: string | null;
  readonly logger: Logger;
}

/**
 * Agents of others tell that something has happened to their tasks. That is only a hint to ask them: nothing that is told is
 * believed, and what is not told is found out by asking now and then.
 */
export class TaskPushes {
  private readonly waiting = new Map<string, () => void>();
  private readonly ending = new AbortController();
  private looking: Promise<void> | null = null;

  constructor(private readonly parts: TaskPushesParts) {}

  /** To be given to the agent with the task; one that was given before is no longer good. Null where it could not be reached. */
  async expect(executionId: string, number: number): Promise<PushTarget | null> {
    const { store, publicUrl } = this.parts;
    if (publicUrl === null) return null;
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await store.expect(executionId, number, hashOf(token));
    return { url: `${publicUrl}${TASKS_PATH}/${executionId}`, token };
  }

  /** Whether the agent that does the task was given a token. */
  async areExpected(executionId: string): Promise<boolean> {
    return (await this.parts.store.hashOf(executionId)) !== null;
  }

  /** Whether it comes from the agent that does the task. */
  async receive(executionId: string, token: string): Promise<boolean> {
    const { store } = this.parts;
    const expected = textProblem(executionId) ? null : await store.hashOf(executionId);
    const isKnown = timingSafeEqual(hashOf(token), expected ?? NO_HASH);
    if (expected === null || !isKnown) return false;
    await store.note(executionId);
    return true;
  }

  /** Whether something was told within this time, or since it was last asked for. Throws when aborted. */
  async wait(executionId: string, ms: number, signal: AbortSignal): Promise<boolean> {
    const told = new AbortController();
    const wake = () => told.abort();
    this.waiting.set(executionId, wake);
    this.looking ??= this.look();
    try {
      await delay(ms, undefined, { signal: AbortSignal.any([signal, told.signal]) });
      return false;
    } catch {
      signal.throwIfAborted();
      return true;
    } finally {
      if (this.waiting.get(executionId) === wake) this.waiting.delete(executionId);
    }
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.looking;
  }

  /** One statement for all who wait in this process. */
  private async look(): Promise<void> {
    const { store, logger } = this.parts;
    while (this.waiting.size > 0 && !this.ending.signal.aborted) {
      try {
        for (const id of await store.take([...this.waiting.keys()])) {
          const wake = this.waiting.get(id);
          if (wake) wake();
          // It has gone to ask already, perhaps too early: kept until it waits again.
          else await store.note(id);
        }
      } catch (error) {
        logger.warn({ err: error }, 'could not look for what agents have told of their tasks; tried again');
      }
      await delay(LOOK_MS, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
    this.looking = null;
  }
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
