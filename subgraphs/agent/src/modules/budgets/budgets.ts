import { retentionSettings } from '@flowmesh/platform/config';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { AgentStore } from '../agents/agent-store.ts';
import type { BudgetLedger } from './budget-ledger.ts';
import { BudgetService } from './budget-service.ts';
import { BudgetStore } from './budget-store.ts';
import { SpendStore } from './spend-store.ts';
import { WorkflowOwners } from './workflow-owners.ts';

/** Limits of what agents use, and what they have used. */
export function createBudgets(
  domain: OpenDomain,
  { agents, ledger }: { readonly agents: AgentStore; readonly ledger: BudgetLedger },
): BudgetService {
  const { pool, config, services } = domain;
  const { executionRetentionDays } = config.settings.of(retentionSettings);
  domain.retain('agent-budget-reservations', (limit) => ledger.forgetDead(limit));
  domain.retain('agent-budget-periods', (limit) => ledger.removeOld(executionRetentionDays, limit));
  return new BudgetService({
    store: new BudgetStore(pool),
    spend: new SpendStore(pool),
    agents,
    workflows: new WorkflowOwners(services),
  });
}
