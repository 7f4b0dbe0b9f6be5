import type { Connection } from '@flowmesh/platform/connections';
import type { BudgetRecord, BudgetStanding, BudgetUse } from './budget-record.ts';

export type BudgetMapper = BudgetRecord;
export type BudgetConnectionMapper = Connection<BudgetRecord>;
export type BudgetStandingMapper = BudgetStanding;
export type BudgetUseMapper = BudgetUse;
