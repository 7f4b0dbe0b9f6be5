import type { Pool } from 'pg';
import { isOutage } from '@flowmesh/platform/errors';
import { evaluateCel } from '@flowmesh/platform/expressions';
import type { Logger } from '@flowmesh/platform/logging';
import { ServiceAwayError } from '@flowmesh/platform/services';
import type { ContextPort } from '../contexts/context-port.ts';
import { ExecutionContext } from '../contexts/execution-context.ts';
import { StepMemory } from '../contexts/step-memory.ts';
import type { EventDelivery } from '../events/event-delivery.ts';
import type { NotificationPort } from '../notifications/notification-port.ts';
import type { StepNotificationStore } from '../notifications/notification-store.ts';
import type { StarterRights } from '../starter-rights.ts';
import { stepTypes } from '../step-types/index.ts';
import type { ClaimedStep, Command, Outcome } from './commands.ts';
import { Crew } from './crew.ts';
import {
  StepFailure,
  StepWait,
  type AgentPort,
  type IntegrationPort,
  type RightsPort,
  type StepOutcome,
  type StepRun,
  type WorkflowPort,
} from '../step-types/step-type.ts';
import { isCompensation } from './compensations/compensation.ts';
import type { Definition, StepDefinition } from './definition.ts';
import type { Definitions } from './definitions.ts';
import type { DriveJob, Engine } from './engine.ts';
import type { ExecutionHeader, ExecutionHeaders } from './execution-headers.ts';
import { expressionFailure } from './expression-failure.ts';
import type { Leases } from './leases.ts';
import { StepResults } from './step-results.ts';
import { storableText, storageProblem } from './storable.ts';

/** Concurrent steps of one job, including those that become ready; further ones go through the queue. */
const INLINE_STEPS = 32;

export interface DriverOptions {
  readonly pool: Pool;
  readonly engine: Engine;
  readonly definitions: Definitions;
  readonly headers: ExecutionHeaders;
  readonly leases: Leases;
  readonly agents: AgentPort;
  readonly contexts: ContextPort;
  readonly rights: RightsPort;
  readonly workflows: WorkflowPort;
  readonly events: Pick<EventDelivery, 'deliver'>;
  readonly integrations: IntegrationPort;
  readonly notifications: NotificationPort;
  readonly sentNotifications: Pick<StepNotificationStore, 'add'>;
  readonly logger: Logger;
}

interface Drive {
  /** Runs what comes of it in the same job. */
  readonly crew: Crew;
  readonly header: ExecutionHeader;
  readonly definition: Definition;
  readonly results: StepResults;
  readonly context: ExecutionContext;
}

type Work = { readonly claimed: ClaimedStep } | { readonly stepId: string };

/** Runs steps, and the steps that become ready through them. Safe to call twice for the same step, even concurrently. */
export class Driver {
  constructor(private readonly options: DriverOptions) {}

  async drive(job: DriveJob): Promise<void> {
    const crew = new Crew();
    crew.add(() => this.driveOne(job, crew));
    await crew.done();
  }

  private async driveOne({ executionId, stepIds }: DriveJob, crew: Crew): Promise<void> {
    const drive = await this.open(executionId, crew);
    if (!drive) return;
    const first = stepIds ?? firstSteps(drive.definition);
    await Promise.all(first.map((stepId) => this.follow(drive, { stepId })));
  }

  /** An execution with what it is a part of, as far as its expressions read that. Undefined when it is gone. */
  private async open(executionId: string, crew: Crew): Promise<Drive | undefined> {
    const found = await this.options.headers.get(executionId);
    if (!found) return undefined;
    const definition = await this.options.definitions.of(found);
    const around = found.scope !== null && found.parent ? await this.open(found.parent.executionId, crew) : null;
    if (around === undefined) return undefined;
    const header = around ? { ...found, input: around.header.input } : found;
    const outer =
      around && found.parent
        ? { results: around.results, stepId: found.parent.stepId, undoes: isCompensation(found.scope) }
        : null;
    const results = new StepResults(this.options.pool, header, definition, outer);
    return { crew, header, definition, results, context: new ExecutionContext(this.options, header, definition) };
  }

  /** Runs one step and all it leads to. */
  private async follow(drive: Drive, work: Work): Promise<void> {
    let next: Work | undefined = work;
    while (next) {
      const outcome: Outcome | null = await this.runOne(drive, next);
      next = undefined;
      if (!outcome) return;
      drive.results.setGeneration(outcome.generation);
      await this.passOn(drive, outcome);
      const more: Work[] = [...outcome.claimed.map((claimed) => ({ claimed })), ...outcome.ready];
      // One continues in this loop, so that a long chain does not cause deep recursion.
      next = more.shift();
      const others = more.map((each) => this.follow(drive, each));
      if (others.length > 0) {
        if (next) others.push(this.follow(drive, next));
        await Promise.all(others);
        return;
      }
    }
  }

  /** Executions of bodies that were begun, and the step that this execution is a part of, are taken up in this job too. */
  private async passOn({ crew }: Drive, { begun, parent, compensates }: Outcome): Promise<void> {
    const room = crew.takeParts(Math.min(begun.length, Math.max(0, INLINE_STEPS - crew.size)));
    for (const { id } of begun.slice(0, room)) crew.add(() => this.driveOne({ executionId: id, stepIds: null }, crew));
    await this.options.engine.enqueueBegun(begun.slice(room));
    if (parent)
      crew.add(() => this.takeUp(parent.executionId, { kind: 'children-changed', stepId: parent.stepId }, crew));
    if (compensates !== null) crew.add(() => this.takeUp(compensates, { kind: 'compensate' }, crew));
  }

  /** What the end of an execution means for another one. */
  private async takeUp(executionId: string, command: Command, crew: Crew): Promise<void> {
    const drive = await this.open(executionId, crew);
    const outcome = drive && (await this.apply(drive, command));
    if (!drive || !outcome?.applied) return;
    drive.results.setGeneration(outcome.generation);
    await this.passOn(drive, outcome);
    const more: Work[] = [...outcome.claimed.map((claimed) => ({ claimed })), ...outcome.ready];
    await Promise.all(more.map((work) => this.follow(drive, work)));
  }

  private async runOne(drive: Drive, work: Work): Promise<Outcome | null> {
    if ('claimed' in work) return this.runClaimed(drive, work.claimed);
    const step = drive.definition.byId.get(work.stepId);
    if (!step) return null;
    const verdict = await this.decide(drive, step);
    if (verdict === false) return this.apply(drive, { kind: 'skip', stepId: step.id });
    // A timer and a ready step come through the same queue.
    if (step.stepType === 'DELAY') {
      const woken = await this.apply(drive, { kind: 'wake', stepId: step.id });
      if (woken?.applied) return woken;
    }
    const outcome = await this.options.engine.apply(drive.header.id, { kind: 'claim', stepId: step.id });
    const [claimed] = outcome?.claimed ?? [];
    if (!outcome || !claimed) return null;
    drive.results.setGeneration(outcome.generation);
    return this.runClaimed(drive, claimed, verdict instanceof Error ? verdict : undefined);
  }

  /** The condition of a ready step; an error of it fails the step once it is claimed. */
  private async decide({ header, results }: Drive, step: StepDefinition): Promise<boolean | Error> {
    const text = step.condition;
    if (text === null) return true;
    try {
      const values = await results.valuesFor(step, { language: 'cel', text });
      const result = await evaluateCel(text, values, { owner: header.startedById });
      if (typeof result === 'boolean') return result;
      return new StepFailure('EXPRESSION', 'condition: the result is neither true nor false', false);
    } catch (error) {
      const failure = expressionFailure(error);
      if (!failure) throw error;
      return new StepFailure(failure.code, `condition: ${failure.message}`, failure.retryable);
    }
  }

  private async runClaimed(drive: Drive, claimed: ClaimedStep, failure?: Error): Promise<Outcome | null> {
    const { leases } = this.options;
    return leases.during(drive.header.id, claimed, async () => {
      const command = await this.attempt(drive, claimed, failure);
      const outcome = await this.apply(drive, command);
      if (!outcome?.applied) return null;
      if (command.kind === 'complete') drive.results.remember(claimed.stepId, command.result);
      // What it waits for may have come before.
      if (command.kind === 'await-event') await this.options.events.deliver(drive.header.id);
      if (command.kind === 'await-agent') return this.lookAtAgent(drive, command);
      return outcome;
    });
  }

  /** What came of the attempt. */
  private async attempt(drive: Drive, claimed: ClaimedStep, failure?: Error): Promise<Command> {
    const { stepId, token, key } = claimed;
    try {
      if (failure) throw failure;
      const rights = this.rightsOf(drive, claimed);
      const memory = new StepMemory(this.options, drive.header, drive.context, claimed, rights);
      const step = definedStep(drive, stepId);
      // It is there when the first step begins, also for steps that do not read it.
      await memory.contextId();
      const outcome: StepOutcome = claimed.unwritten
        ? { kind: 'completed', result: await drive.results.unwrittenOf(stepId) }
        : await this.runStep(drive, step, claimed, memory, rights);
      checkStorable(outcome);
      if (outcome.kind === 'agent') {
        return { kind: 'await-agent', stepId, token, key, agentExecutionId: outcome.agentExecutionId };
      }
      if (outcome.kind === 'children') {
        const { total, items, workflow } = outcome;
        return { kind: 'await-children', stepId, token, total, items, workflow };
      }
      if (outcome.kind === 'approval') return { kind: 'await-approval', stepId, token, approval: outcome.approval };
      if (outcome.kind === 'event') return { kind: 'await-event', stepId, token, key, wait: outcome.wait };
      if (outcome.kind === 'time') return { kind: 'await-time', stepId, token, until: outcome.until };
      const contextWritten = outcome.contextWritten ?? (await memory.write(step, outcome.result));
      return { kind: 'complete', stepId, token, result: outcome.result, contextWritten };
    } catch (error) {
      if (error instanceof StepWait) {
        const wait = { ...error.wait, reason: storableText(error.wait.reason) };
        return { kind: 'postpone', stepId, token, service: error.service, fault: false, wait };
      }
      const away = awayService(error);
      if (away) return this.postponement(away, error, drive, claimed);
      return { kind: 'fail', stepId, token, ...this.explain(error, drive, stepId) };
    }
  }

  /** Asked once in an attempt, and only when the step does something for the starter. */
  private rightsOf({ header }: Drive, { rights: then }: ClaimedStep): StepRun['rights'] {
    let asked: Promise<StarterRights> | undefined;
    return () => (asked ??= this.options.rights.now(header.startedById, then));
  }

  private postponement(service: string, error: unknown, { header }: Drive, { stepId, token }: ClaimedStep): Command {
    this.options.logger.warn({ err: error, executionId: header.id, stepId }, 'a step waits for a service');
    const fault = error instanceof ServiceAwayError && error.answered;
    return { kind: 'postpone', stepId, token, service, fault };
  }

  private runStep(
    { crew, header, results }: Drive,
    step: StepDefinition,
    { key, children }: ClaimedStep,
    memory: StepMemory,
    rights: StepRun['rights'],
  ): Promise<StepOutcome> {
    const { agents, workflows, integrations, notifications, sentNotifications, contexts } = this.options;
    return stepTypes[step.stepType].run({
      step,
      execution: header,
      key,
      agents,
      workflows,
      children,
      integrations,
      notifications,
      sent: (notificationId) => sentNotifications.add(header.id, step.id, notificationId),
      contexts,
      rights,
      contextUser: () => memory.user(),
      context: () => memory.pinned(),
      contextId: () => memory.contextId(),
      values: (expression) => results.valuesFor(step, expression, () => memory.value()),
      valuesAfterRound: async (expression) => {
        const last = await results.lastRoundOf(step.id, key.generation);
        const round = last && (await this.open(last.id, crew));
        if (!round) throw new StepFailure('CHILD_FAILED', 'The execution of the last round was removed.', false);
        return round.results.valuesAtEnd(expression, last.result);
      },
    });
  }

  private explain(error: unknown, { header }: Drive, stepId: string) {
    const failure = error instanceof StepFailure ? error : expressionFailure(error);
    if (failure) {
      const { code, message, retryable } = failure;
      // Expressions and other services write what they like into their messages.
      const told = { code: storableText(code), message: storableText(message) };
      return { error: told, retryable, ...(failure instanceof StepFailure ? failure.details : {}) };
    }
    this.options.logger.error({ err: error, executionId: header.id, stepId }, 'step failed unexpectedly');
    return { error: { code: 'STEP_FAILED', message: 'The step failed unexpectedly.' }, retryable: true };
  }

  /** The agent may have ended before the step was recorded as waiting for it; its event is handled from now on. */
  private async lookAtAgent(
    drive: Drive,
    { stepId, agentExecutionId }: Extract<Command, { kind: 'await-agent' }>,
  ): Promise<Outcome | null> {
    const ended = await this.options.agents.ended([agentExecutionId]).catch(() => undefined);
    const outcome = ended?.get(agentExecutionId);
    return outcome ? this.apply(drive, { kind: 'agent-ended', stepId, agentExecutionId, outcome }) : null;
  }

  private apply({ header }: Drive, command: Command): Promise<Outcome | null> {
    return this.options.engine.apply(header.id, command, { inline: INLINE_STEPS });
  }
}

const firstSteps = ({ steps }: Definition): string[] =>
  steps.filter(({ dependencies }) => dependencies.length === 0).map(({ id }) => id);

/** What an outcome has that was computed, as its failure names it. */
const COMPUTED: Readonly<Record<StepOutcome['kind'], string>> = {
  completed: 'The result',
  children: 'What it works on',
  approval: 'The message of the approval',
  event: 'The value of the correlation',
  agent: 'The id of the execution of the agent',
  time: 'The time',
};

/** The database would refuse it each time, so the step fails at once and says why. */
function checkStorable(outcome: StepOutcome): void {
  const problem = storageProblem(outcome);
  if (problem) throw new StepFailure('STEP_FAILED', `${COMPUTED[outcome.kind]} ${problem}.`, false);
}

function definedStep({ definition }: Drive, stepId: string): StepDefinition {
  const step = definition.byId.get(stepId);
  if (!step) throw new Error(`step ${stepId} is not in its definition`);
  return step;
}

/** The service that a step has to wait for: another one, or this one while its own database is not available. */
function awayService(error: unknown): string | null {
  if (error instanceof ServiceAwayError) return error.service;
  return !(error instanceof StepFailure) && isOutage(error) ? 'workflow' : null;
}
