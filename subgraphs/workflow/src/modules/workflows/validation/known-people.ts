import { serviceViewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { currentRequestId, warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import type { Services } from '@flowmesh/platform/services';
import { storageProblem } from '@flowmesh/platform/validation';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import { allSteps } from './nested-steps.ts';
import type { WorkflowProblem } from './problem.ts';

/** Storing a workflow does not wait longer for auth. */
const TIMEOUT_MS = 2_000;
const ASKER = serviceViewer('workflow', ['user:read-any']);
const USERS = `query PeopleToAsk($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { id status } } }`;

interface Named {
  readonly id: string;
  readonly path: string;
  readonly stepId: string;
}

/** Asks auth whether the people exist who are to be asked by APPROVAL steps, in one query. */
export class KnownPeople {
  private readonly warnOfAbsence: WarnSeldom;

  constructor(
    private readonly services: Services,
    logger: Logger,
  ) {
    this.warnOfAbsence = warnSeldom(logger, 'workflows were stored without asking auth for the people in them');
  }

  /** While auth does not answer, nobody is refused. */
  async problems(steps: readonly StepDefinition[]): Promise<WorkflowProblem[]> {
    return (await this.missing(steps)) ?? [];
  }

  /** People who do not exist; null while auth does not answer. */
  async missing(steps: readonly StepDefinition[]): Promise<WorkflowProblem[] | null> {
    const named = allSteps(steps).flatMap(({ step, path }) => namedBy(step, path));
    const ids = [...new Set(named.map(({ id }) => id))].filter((id) => storageProblem(id) === null);
    const known = ids.length === 0 ? new Set<string>() : await this.known(ids);
    if (!known) return null;
    return named.flatMap(({ id, path, stepId }): WorkflowProblem[] =>
      known.has(id) ? [] : [{ code: 'INVALID_VALUE', path, stepId, message: `there is no user ${id}` }],
    );
  }

  private async known(ids: readonly string[]): Promise<Set<string> | null> {
    const auth = this.services.get('auth');
    if (!auth) return null;
    try {
      const variables = { representations: ids.map((id) => ({ __typename: 'User', id })) };
      const { _entities: found } = await auth.ask<{
        readonly _entities: readonly ({ readonly id: string; readonly status: string } | null)[];
      }>(
        { query: USERS, variables },
        { viewer: ASKER, requestId: currentRequestId() ?? newId(), timeoutMs: TIMEOUT_MS },
      );
      return new Set(found.flatMap((user) => (user && user.status !== 'DELETED' ? [user.id] : [])));
    } catch (error) {
      this.warnOfAbsence({ err: error });
      return null;
    }
  }
}

function namedBy({ id: stepId, stepType, config }: StepDefinition, path: string): Named[] {
  if (stepType !== 'APPROVAL') return [];
  return ['approvers', 'escalateTo'].flatMap((group) => {
    const asked = config[group] as { readonly userIds?: unknown } | undefined;
    const ids: readonly unknown[] = Array.isArray(asked?.userIds) ? asked.userIds : [];
    return ids.flatMap((id, at) =>
      typeof id === 'string' ? [{ id, stepId, path: `${path}.config.${group}.userIds[${at}]` }] : [],
    );
  });
}
