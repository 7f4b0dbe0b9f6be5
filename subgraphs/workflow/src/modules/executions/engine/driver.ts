import type { Pool } from 'pg';
import type { Logger } from '@flowmesh/platform/logging';
import type { ContextPort } from '../contexts/context-port.ts';
import { ExecutionContext } from '../contexts/execution-context.ts';
import { StepMemory } from '../contexts/step-memory.ts';
import type { EventDelivery } from '../events/event-delivery.ts';
import type { NotificationPort } from '../notifications/notification-port.ts';
import type { StepNotificationStore } from '../notifications/notification-store.ts';
import { stepTypes } from '../step-types/index.ts';
import { computeAhead } from './ahead.ts';
import { commandOfFailure } from './attempt-failure.ts';
import type { Ahead, ClaimedStep, Command, ComputedStep, Outcome } from './commands.ts';
import { decideCondition } from './condition.ts';
import { Crew } from './crew.ts';
import {
  StepFailure,
  type AgentPort,
  type IntegrationPort,
  type RightsPort,
  type StepOutcome,
  type StepRun,
  type WorkflowPort,
} from '../step-types/step-type.ts';
import { isCompensation } from './compensations/compensation.ts';
import { stepOf, type Definition, type StepDefinition } from './definition.ts';
import type { Definitions } from './definitions.ts';
import type { DriveJob } from './drive-job.ts';
import type { Engine } from './engine.ts';
import type { ExecutionHeader, ExecutionHeaders } from './execution-headers.ts';
import type { Leases } from './leases.ts';
import { firstSteps } from './new-execution.ts';
import { once } from './once.ts';
import { StepResults } from './step-results.ts';
import { checkStorable } from './storable.ts';

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
    // What a job names may have ended a process before: it is claimed first, so that this is counted.
    const begun = stepIds === null ? await this.begin(drive, first) : null;
    const rest = first.filter((stepId) => !begun?.steps.includes(stepId)).map((stepId) => ({ stepId }));
    await Promise.all([...rest, ...(begun?.work ?? [])].map((work) => this.follow(drive, work)));
  }

  /** Computes the first steps before they are claimed. Null when none was completed so. */
  private async begin(drive: Drive, first: readonly string[]) {
    const steps = await computeAhead({ ...drive, results: drive.results.copy() }, first);
    if (steps.length === 0) return null;
    const outcome = await this.apply(drive, { kind: 'compute', ahead: { reruns: drive.results.reruns, steps } });
    if (!outcome?.applied) return null;
    return { steps: this.taken(drive, outcome, steps), work: await this.workOf(drive, outcome) };
  }

  /** Those of the computed steps that were completed. */
  private taken(drive: Drive, { computed }: Outcome, steps: readonly ComputedStep[]): readonly string[] {
    const taken = steps.slice(0, computed);
    for (const { stepId, result } of taken) drive.results.remember(stepId, result);
    return taken.map(({ stepId }) => stepId);
  }

  /** What is to be done here after a command. */
  private async workOf(drive: Drive, outcome: Outcome): Promise<Work[]> {
    drive.results.setReruns(outcome.reruns);
    await this.passOn(drive, outcome);
    return [...outcome.claimed.map((claimed) => ({ claimed })), ...outcome.ready];
  }

  /** An execution with what it is a part of, as far as its expressions read that. Undefined when it is gone. */
  private async open(executionId: string, crew: Crew): Promise<Drive | undefined> {
    const found = await this.options.headers.get(executionId);
    if (!found) return undefined;
    const definition = await this.options.definitions.of(found);
    const around =
      found.scope !== null && found.parent ? await this.openAround(found, found.parent.executionId, crew) : null;
    if (around === undefined) return undefined;
    const header = around ? { ...found, input: around.header.input } : found;
    const outer =
      around && found.parent
        ? { results: around.results, stepId: found.parent.stepId, undoes: isCompensation(found.scope) }
        : null;
    const results = new StepResults(this.options.pool, header, definition, outer);
    return { crew, header, definition, results, context: new ExecutionContext(this.options, header, definition) };
  }

  /** What an execution is a part of. It goes by the same version: another one is known from before it was moved. */
  private async openAround({ workflowVersion }: ExecutionHeader, id: string, crew: Crew): Promise<Drive | undefined> {
    const around = await this.open(id, crew);
    if (!around || around.header.workflowVersion === workflowVersion) return around;
    this.options.headers.forget(id);
    return this.open(id, crew);
  }

  /** Runs one step and all it leads to. */
  private async follow(drive: Drive, work: Work): Promise<void> {
    let next: Work | undefined = work;
    while (next) {
      const outcome: Outcome | null = await this.runOne(drive, next);
      next = undefined;
      if (!outcome) return;
      const more = await this.workOf(drive, outcome);
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
    if (outcome?.outdated) crew.add(() => this.takeUp(executionId, command, crew));
    if (!drive || !outcome?.applied) return;
    const more = await this.workOf(drive, outcome);
    await Promise.all(more.map((work) => this.follow(drive, work)));
  }

  private async runOne(drive: Drive, work: Work): Promise<Outcome | null> {
    if ('claimed' in work) return this.runClaimed(drive, work.claimed);
    const step = drive.definition.byId.get(work.stepId);
    if (!step) return null;
    const verdict = await decideCondition(drive, step);
    if (verdict === false) return this.apply(drive, { kind: 'skip', stepId: step.id });
    // A timer and a ready step come through the same queue.
    if (step.stepType === 'DELAY') {
      const woken = await this.apply(drive, { kind: 'wake', stepId: step.id });
      if (woken?.applied) return woken;
    }
    const outcome = await this.apply(drive, { kind: 'claim', stepId: step.id }, 0);
    if (outcome?.outdated)
      drive.crew.add(() => this.driveOne({ executionId: drive.header.id, stepIds: [step.id] }, drive.crew));
    const [claimed] = outcome?.claimed ?? [];
    if (!outcome || !claimed) return null;
    drive.results.setReruns(outcome.reruns);
    return this.runClaimed(drive, claimed, verdict instanceof Error ? verdict : undefined);
  }

  private async runClaimed(drive: Drive, claimed: ClaimedStep, failure?: Error): Promise<Outcome | null> {
    const { leases } = this.options;
    return leases.during(drive.header.id, claimed, async () => {
      const command = await this.attempt(drive, claimed, failure);
      const outcome = await this.apply(drive, command);
      if (!outcome?.applied) return null;
      if (command.kind === 'complete') {
        drive.results.remember(claimed.stepId, command.result);
        this.taken(drive, outcome, command.ahead?.steps ?? []);
      }
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
      // Asked only when the step does something for the starter.
      const rights = once(() => this.options.rights.now(drive.header.startedById, claimed.rights));
      const memory = new StepMemory(this.options, drive.header, drive.context, claimed, rights);
      const step = stepOf(drive.definition, stepId);
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
      const { result } = outcome;
      return {
        kind: 'complete',
        stepId,
        token,
        result,
        contextWritten,
        ahead: await this.after(drive, stepId, result),
      };
    } catch (error) {
      return commandOfFailure(error, {
        ...{ stepId, token },
        executionId: drive.header.id,
        logger: this.options.logger,
      });
    }
  }

  /** Steps that follow from this result and only compute. */
  private async after(drive: Drive, stepId: string, result: unknown): Promise<Ahead> {
    const results = drive.results.copy();
    results.remember(stepId, result);
    const steps = await computeAhead({ ...drive, results }, drive.definition.successors.get(stepId) ?? []);
    return { reruns: results.reruns, steps };
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

  /** The agent may have ended before the step was recorded as waiting for it; its event is handled from now on. */
  private async lookAtAgent(
    drive: Drive,
    { stepId, agentExecutionId }: Extract<Command, { kind: 'await-agent' }>,
  ): Promise<Outcome | null> {
    const ended = await this.options.agents.ended([agentExecutionId]).catch(() => undefined);
    const outcome = ended?.get(agentExecutionId);
    return outcome ? this.apply(drive, { kind: 'agent-ended', stepId, agentExecutionId, outcome }) : null;
  }

  /** Refused when the execution was moved to another version since it was opened here. */
  private async apply({ header }: Drive, command: Command, inline = INLINE_STEPS): Promise<Outcome | null> {
    const outcome = await this.options.engine.apply(header.id, command, { inline, version: header.workflowVersion });
    if (outcome?.outdated) this.options.headers.forget(header.id);
    return outcome;
  }
}
