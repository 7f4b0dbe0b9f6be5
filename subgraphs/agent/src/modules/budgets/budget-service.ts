import { hasScope, mayTouch, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { unavailable } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { conflict, invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import { visibleOwner } from '../agents/agent-access.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import {
  checkSpendArguments,
  createShape,
  hasLimit,
  NO_LIMIT,
  periodOf,
  updateShape,
  type CreateBudgetInput,
  type SpendArguments,
  type UpdateBudgetInput,
} from './budget-input.ts';
import { BUDGETS, type BudgetListArguments } from './budget-query.ts';
import type { BudgetRecord, BudgetScope, BudgetStanding, BudgetValues } from './budget-record.ts';
import { MOST_OF_SUBJECT, type BudgetStore } from './budget-store.ts';
import type { SpendStore } from './spend-store.ts';
import type { WorkflowOwners } from './workflow-owners.ts';

const READ_ANY = 'agent:read-any';
const WRITE_ANY = 'agent:write-any';
const NO_SUBJECT =
  'There is no such agent or workflow, or it is not yours; budgets of users are set by administrators.';
const NO_BUDGET = 'There is no such budget, or you may not change it.';

export interface BudgetServiceParts {
  readonly store: BudgetStore;
  readonly spend: SpendStore;
  readonly agents: AgentStore;
  readonly workflows: WorkflowOwners;
}

/** Who may limit what, and what was spent. */
export class BudgetService {
  constructor(private readonly parts: BudgetServiceParts) {}

  list(viewer: Viewer, args: BudgetListArguments): Promise<Connection<BudgetRecord>> {
    const query = { filter: args.filter ?? {}, visibleTo: visibleOwner(viewer) };
    return BUDGETS.page(args, query, this.parts.store.list);
  }

  async find(viewer: Viewer, id: string): Promise<BudgetRecord | null> {
    const budget = await this.parts.store.find(id);
    return budget && mayTouch(viewer, budget.ownerId, READ_ANY) ? budget : null;
  }

  /** In the order of the ids. */
  standings(ids: readonly string[], runId: string | null): Promise<(BudgetStanding | null)[]> {
    return this.parts.store.standings(ids, runId);
  }

  async create(caller: Caller, input: CreateBudgetInput) {
    const parsed = parseInput(createShape, input);
    if (!parsed.ok) return parsed.error;
    const { name, scope, subjectId, period } = parsed.data;
    const {
      maxTokens = null,
      maxCostUsd = null,
      maxCalls = null,
      maxSeconds = null,
      warnAtPercent = null,
    } = parsed.data;
    const limits = { maxTokens, maxCostUsd, maxCalls, maxSeconds };
    if (!hasLimit(limits)) return invalidInput([{ path: '', message: NO_LIMIT }]);
    const ownerId = await this.ownerOf(caller, scope, subjectId);
    if (ownerId === null || !mayLimit(caller.viewer, scope, ownerId)) return notFound(NO_SUBJECT);
    const values: BudgetValues = { name, scope, subjectId, period: periodOf(scope, period), ...limits, warnAtPercent };
    const budget = await this.parts.store.create(newId(), ownerId, values);
    if (!budget) {
      return invalidInput([
        { path: 'subjectId', message: `has ${MOST_OF_SUBJECT} budgets: change or delete one of them` },
      ]);
    }
    return { __typename: 'CreateBudgetSuccess' as const, budget };
  }

  async update(viewer: Viewer, input: UpdateBudgetInput) {
    const parsed = parseInput(updateShape, input);
    if (!parsed.ok) return parsed.error;
    const { id, expectedVersion, name, ...given } = parsed.data;
    const before = await this.changeable(viewer, id);
    if (!before) return notFound(NO_BUDGET);
    if (expectedVersion != null && expectedVersion !== before.version) return changed(before);
    const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const values: BudgetValues = { ...before, ...kept, name: name ?? before.name };
    if (!hasLimit(values)) return invalidInput([{ path: '', message: NO_LIMIT }]);
    const budget = await this.parts.store.update(id, before.version, values);
    if (!budget) return conflict('The budget was changed meanwhile; read it again.');
    return { __typename: 'UpdateBudgetSuccess' as const, budget };
  }

  async delete(viewer: Viewer, id: string) {
    const budget = await this.changeable(viewer, id);
    if (!budget || !(await this.parts.store.remove(id))) return notFound(NO_BUDGET);
    return { __typename: 'DeleteBudgetSuccess' as const, budgetId: id };
  }

  /** What was spent by executions that the viewer started, and those of their agents. */
  async spent(viewer: Viewer, args: SpendArguments) {
    checkSpendArguments(args);
    const { by, first, from, to, filter } = args;
    const wanted = { from, to, filter, visibleTo: visibleOwner(viewer) };
    const [total, { groups, count }] = await Promise.all([
      this.parts.spend.total(wanted),
      this.parts.spend.groups(by, first, wanted),
    ]);
    return { from, to, total, groups, groupCount: count };
  }

  /** Null when there is none that the viewer may see. Throws when that cannot be told. */
  private async ownerOf(caller: Caller, scope: BudgetScope, subjectId: string): Promise<string | null> {
    if (scope === 'USER') return subjectId;
    if (scope === 'AGENT' || scope === 'AGENT_EXECUTION') {
      return (await this.parts.agents.find(subjectId))?.ownerId ?? null;
    }
    const owner = await this.parts.workflows.ownerOf(caller, subjectId);
    if (owner === undefined) throw unavailable('Workflows cannot be looked up at the moment; try again.');
    return owner;
  }

  private async changeable(viewer: Viewer, id: string): Promise<BudgetRecord | null> {
    const budget = await this.parts.store.find(id);
    return budget && mayLimit(viewer, budget.scope, budget.ownerId) ? budget : null;
  }
}

/** Nobody limits themselves: budgets of users are for administrators. */
const mayLimit = (viewer: Viewer, scope: BudgetScope, ownerId: string): boolean =>
  hasScope(viewer, WRITE_ANY) || (scope !== 'USER' && signedIn(viewer).userId === ownerId);

const changed = ({ version }: BudgetRecord) => conflict(`The budget is at version ${version}; read it again.`);
