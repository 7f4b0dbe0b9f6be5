import { signedIn, type Caller } from '@flowmesh/platform/access';
import type { Services } from '@flowmesh/platform/services';
import { askDomain, unknownOf } from '../ask-domain.ts';
import { error, ofWork, type Finding, type Work } from '../finding.ts';

/** Further ones are not looked at. */
const MAX_SUBJECTS = 100;
const FIELDS = `nodes { name maxTokens maxCostUsd maxCalls maxSeconds standing { used { tokens costUsd calls seconds } } }`;

type Scope = 'AGENT' | 'WORKFLOW' | 'USER';

interface Use {
  readonly tokens: number;
  readonly costUsd: number;
  readonly calls: number;
  readonly seconds: number;
}

interface Budget {
  readonly name: string;
  readonly maxTokens: number | null;
  readonly maxCostUsd: number | null;
  readonly maxCalls: number | null;
  readonly maxSeconds: number | null;
  /** Null for what each execution has the whole of. */
  readonly standing: { readonly used: Use } | null;
}

/** Steps whose work budgets would not allow; only those that are seen by the caller. */
export async function budgetFindings(services: Services, caller: Caller, work: readonly Work[]): Promise<Finding[]> {
  if (work.length === 0) return [];
  const { userId } = signedIn(caller.viewer);
  const limitsOf = ({ subject, step }: Work): [Scope, string][] => [
    ['AGENT', step.agentId ?? ''],
    ['WORKFLOW', subject.workflow.id],
    ['USER', userId],
  ];
  const keys = [...new Map(work.flatMap(limitsOf).map((key) => [key.join(' '), key])).values()].slice(0, MAX_SUBJECTS);
  const parts = keys.map((_key, at) => `b${at}: budgets(filter: $f${at}, first: 20) { ${FIELDS} }`);
  const variables = Object.fromEntries(keys.map(([scope, subjectId], at) => [`f${at}`, { scope, subjectId }]));
  const declared = keys.map((_key, at) => `$f${at}: BudgetFilter`).join(', ');
  const query = `query PreflightBudgets(${declared}) { ${parts.join(' ')} }`;
  const answer = await askDomain<Record<string, { nodes: Budget[] }>>(services, 'agent', caller, query, variables);
  if ('unknown' in answer) return unknownOf(work, 'Budgets', answer.unknown);
  const used = new Map(
    keys.map((key, at) => [key.join(' '), (answer.data[`b${at}`]?.nodes ?? []).filter(isExhausted)] as const),
  );
  return work.flatMap((each) =>
    limitsOf(each).flatMap((key) =>
      (used.get(key.join(' ')) ?? []).map(({ name }) =>
        ofWork(each, '', error('BUDGET_EXHAUSTED', `The budget ${JSON.stringify(name)} (${key[0]}) is used up.`)),
      ),
    ),
  );
}

function isExhausted({ standing, ...budget }: Budget): boolean {
  if (!standing) return false;
  const { tokens, costUsd, calls, seconds } = standing.used;
  const limits = [
    [budget.maxTokens, tokens],
    [budget.maxCostUsd, costUsd],
    [budget.maxCalls, calls],
    [budget.maxSeconds, seconds],
  ] as const;
  return limits.some(([most, used]) => most !== null && used >= most);
}
