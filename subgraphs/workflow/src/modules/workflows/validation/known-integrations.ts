import type { Caller } from '@flowmesh/platform/access';
import { ErrorCode, unavailable } from '@flowmesh/platform/errors';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import { integrationCallOf } from '../../executions/step-types/integration-step.ts';
import { allWork } from './nested-steps.ts';
import type { WorkflowProblem } from './problem.ts';

const KNOWN = `query KnownIntegrations($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Integration { id operations { name inputSchema } } }
}`;

/** An event of what a workflow uses holds no more. */
const MAX_INTEGRATIONS = 200;
const NAMES_TOLD = 20;

interface Operation {
  readonly name: string;
  readonly inputSchema: Readonly<Record<string, unknown>> | null;
}

interface Found {
  readonly _entities: readonly ({ readonly id: string; readonly operations: readonly Operation[] } | null)[];
}

/** Asks the integration service which integrations and operations exist, in one query. */
export class KnownIntegrations {
  constructor(private readonly services: Services) {}

  /**
   * INTEGRATION steps whose integration does not exist or is not visible to the caller, or does not have the operation, or
   * whose input does not satisfy it, as far as that is known before. Throws when this cannot be checked.
   */
  async problems(steps: readonly StepDefinition[], caller: Caller): Promise<WorkflowProblem[]> {
    const calls = allWork(steps).flatMap(({ step, path }) => {
      const call = integrationCallOf(step);
      return call ? [{ ...call, id: step.id, at: path }] : [];
    });
    const wanted = [...new Set(calls.map(({ integrationId }) => integrationId))];
    if (wanted.length === 0) return [];
    if (wanted.length > MAX_INTEGRATIONS) {
      const message = `at most ${MAX_INTEGRATIONS} different integrations can be used by one workflow`;
      return [{ code: 'INVALID_VALUE', path: 'steps', stepId: null, message }];
    }
    const known = await this.known(wanted, caller);
    const problems = await Promise.all(
      calls.map(async ({ id, at, integrationId, operation: name, input }): Promise<WorkflowProblem[]> => {
        const operations = known.get(integrationId);
        const tell = (place: string, message: string): WorkflowProblem => {
          return { code: 'INVALID_VALUE', path: `${at}.${place}`, stepId: id, message };
        };
        if (!operations) {
          const message = `there is no integration ${integrationId}, or you may not see it`;
          return [{ ...tell('config.integrationId', message), code: 'UNKNOWN_INTEGRATION' }];
        }
        const operation = operations.find((each) => each.name === name);
        if (!operation) return [tell('config.operation', unknownOperation(operations))];
        if (!input.known || operation.inputSchema === null) return [];
        const found = await validateAgainst(operation.inputSchema, input.value, waitingViewer(caller.viewer));
        return found.map(({ path, message }) => tell(`config.${below('input', path)}`, message));
      }),
    );
    return problems.flat();
  }

  private async known(ids: readonly string[], caller: Caller): Promise<Map<string, readonly Operation[]>> {
    const service = this.services.get('integration');
    if (!service) return new Map();
    const representations = ids.map((id) => ({ __typename: 'Integration', id }));
    try {
      const found = await service.ask<Found>({ query: KNOWN, variables: { representations } }, caller);
      return new Map(found._entities.flatMap((each) => (each ? [[each.id, each.operations] as const] : [])));
    } catch (error) {
      // Without the right to read integrations, there are none for this viewer.
      if (error instanceof ServiceRefusedError && error.code === ErrorCode.forbidden) return new Map();
      if (error instanceof ServiceAwayError) throw unavailable(`The integrations cannot be checked: ${error.message}`);
      throw error;
    }
  }
}

function unknownOperation(operations: readonly Operation[]): string {
  const names = operations.slice(0, NAMES_TOLD).map(({ name }) => name);
  return names.length === 0 ? 'is none: the integration has no operations' : `must be one of ${names.join(', ')}`;
}

const below = (field: string, path: string) =>
  path === '' ? field : path.startsWith('[') ? field + path : `${field}.${path}`;
