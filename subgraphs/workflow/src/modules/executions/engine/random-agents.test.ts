import fc from 'fast-check';
import { startRequest } from '../../../testing/engine-harness.ts';
import { graphs } from '../../../testing/random-steps.ts';
import { applyCommand } from './apply-command.ts';
import { attemptName } from './attempt-key.ts';
import type { ClaimedStep, Command } from './commands.ts';
import { createDefinition } from './create-definition.ts';
import { settle } from './execution-transitions.ts';
import { newExecution } from './new-execution.ts';
import { Turn } from './turn.ts';

test('agents: whatever happens, at most one attempt of a step may be at work that is not being stopped', () => {
  const orders = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(graphs, orders, (given, order) => {
      const steps = given.map((each) => ({ ...each, stepType: 'AGENT' as const, agentId: 'x', retryCount: 2 }));
      const definition = createDefinition({ workflowId: 'w', version: 1, config: {}, contextMode: 'GIVEN', steps });
      const state = newExecution({ ...startRequest(definition), id: 'e' }, new Date(0));
      const claims: ClaimedStep[] = [];
      /** Attempts, by step, of which it is not known that they did nothing or have ended. */
      const atWork = new Map(steps.map(({ id }) => [id, new Set<string>()]));
      let now = 1_000_000;
      const pick = (limit: number): number => order.next().value % limit;
      const turn = () => new Turn(definition, state, new Date((now += 10)), 60_000, () => 0.5);
      const act = (command: Command) => {
        const { applied, claimed } = applyCommand(turn(), command);
        for (const claim of claimed) atWork.get(claim.stepId)?.add(attemptName(claim.key));
        claims.push(...claimed);
        return applied;
      };
      const check = () => {
        for (const { stepId, status, agentStops, generation, failures } of state.steps.values()) {
          const left = [...(atWork.get(stepId) ?? [])].filter((attempt) => !agentStops.includes(attempt));
          const givenUp = status === 'FAILED' || status === 'CANCELLED';
          const present = givenUp ? null : attemptName({ generation, failures });
          // Much faster than asking `expect` each time.
          if (left.some((attempt) => attempt !== present)) expect({ stepId, status, present, left }).toBeNull();
        }
      };
      settle(turn());
      const error = { code: 'X', message: '' };
      for (let round = 0; round < 150; round += 1) {
        const stepId = `s${pick(steps.length)}`;
        const claimed = claims[pick(claims.length || 1)];
        const token = claimed?.token ?? '';
        const step = state.steps.get(stepId);
        switch (pick(9)) {
          case 0:
          case 1:
            act({ kind: definition.byId.get(stepId)?.condition ? 'skip' : 'claim', stepId });
            break;
          case 2:
          case 3: {
            if (!claimed) break;
            const agentExecutionId = `${claimed.stepId} ${attemptName(claimed.key)}`;
            act({ kind: 'await-agent', stepId: claimed.stepId, token, key: claimed.key, agentExecutionId });
            break;
          }
          case 4:
            if (claimed)
              act({ kind: 'postpone', stepId: claimed.stepId, token, service: 'agent', fault: pick(3) === 0 });
            break;
          case 5:
            // The agent's service has refused: nothing has begun.
            if (claimed && act({ kind: 'fail', stepId: claimed.stepId, token, error, retryable: pick(8) > 0 })) {
              atWork.get(claimed.stepId)?.delete(attemptName(claimed.key));
            }
            break;
          case 6: {
            const agentExecutionId = step?.agentExecutionId;
            if (!agentExecutionId) break;
            const ok = pick(2) === 0;
            const code = pick(2) === 0 ? 'AGENT_STOPPED' : 'AGENT_FAILED';
            const outcome = ok
              ? ({ ok, result: 1 } as const)
              : ({ ok, error: { ...error, code }, retryable: pick(8) > 0 } as const);
            if (act({ kind: 'agent-ended', stepId, agentExecutionId, outcome }) && !ok) {
              atWork.get(stepId)?.delete(agentExecutionId.split(' ')[1] ?? '');
            }
            break;
          }
          case 7:
            now += [10_000, 100_000, 400_000][pick(3)] ?? 0;
            act({ kind: pick(2) === 0 ? 'expire' : 'time-out', stepId });
            break;
          case 8:
            if (pick(10) === 0) act({ kind: 'cancel' });
            else if (pick(3) === 0) act({ kind: 'retry' });
            else act({ kind: pick(2) === 0 ? 'pause' : 'resume' });
            break;
        }
        check();
      }
    }),
    { numRuns: 200 },
  );
});
