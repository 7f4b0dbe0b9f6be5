import type { Node, Work } from './nodes.ts';

/** What steps work with. */
export interface Surroundings {
  readonly agentId: string;
  readonly integrationId: string;
  /** Workflows that others run. */
  readonly others: readonly string[];
  /** Somebody to whom the starter may not send, and a context that is not the starter's. */
  readonly stranger: string;
}

/** Which variables expressions have besides those that they all have. */
interface Inside {
  readonly item: boolean;
  readonly round: boolean;
}

/** One name for each time that a step runs: where it is, and for which item and round. */
const labelOf = (id: string, inside: Inside) =>
  `$join([input.run, ${inside.item ? 'item' : '""'}, ${inside.round ? '$string(round)' : '""'}, "${id}"], "/")`;

/** One, and the numbers of all steps before it. */
const numberOf = ({ dependencies }: Node) =>
  `$sum([${['1', ...dependencies.map((before) => `steps.${before}.result.n`)].join(', ')}])`;

/** Steps as the graph takes them. */
export const written = (
  nodes: readonly Node[],
  around: Surroundings,
  inside: Inside = { item: false, round: false },
): object[] =>
  nodes.map((node) => ({
    id: node.id,
    stepType: node.does.kind,
    dependencies: node.dependencies,
    ...(node.never && { condition: 'input.run == "never"' }),
    onSkip: node.onSkip,
    continueOnFailure: node.continueOnFailure,
    ...(node.onFailure.length > 0 && { onFailure: node.onFailure }),
    retryCount: 0,
    ...rest(node, node.does, around, inside),
  }));

function rest(node: Node, does: Work, around: Surroundings, inside: Inside): object {
  const label = labelOf(node.id, inside);
  const n = numberOf(node);
  switch (does.kind) {
    case 'TRANSFORM':
      return { config: { expression: does.fails ? '$error("as it was told")' : `{"n": ${n}}` } };
    case 'CONDITION':
      return { config: { expression: 'input.run != "never"' } };
    case 'AGENT':
      return {
        agentId: around.agentId,
        config: { input: `{"label": ${label}, "n": ${n}, "failing": ${does.failing}}` },
        retryCount: does.retryCount,
        retryPolicy: { initialDelayMs: 100, maxDelayMs: 200, multiplier: 1 },
      };
    case 'INTEGRATION': {
      const input = { label: `{% ${label} %}`, n: `{% ${n} %}`, fails: does.fails };
      return { config: { integrationId: around.integrationId, operation: 'do', input } };
    }
    case 'NOTIFICATION': {
      const message = { channel: 'IN_APP', content: `{% ${label} %}` };
      return { config: does.fails ? { ...message, userId: around.stranger } : { ...message, waitFor: 'DELIVERED' } };
    }
    case 'CONTEXT': {
      const write = { action: 'MERGE', layer: 'facts', patch: `{% {${label}: ${n}} %}` };
      return { config: does.fails ? { ...write, contextId: `{% "${around.stranger}" %}` } : write };
    }
    case 'DELAY':
      return { config: { seconds: 0.1 } };
    case 'WAIT_FOR_EVENT':
      return { config: does.fails ? { event: 'never', timeoutSeconds: 1 } : { event: 'go', timeoutSeconds: 600 } };
    case 'APPROVAL': {
      const message = `"${does.fails ? 'no' : 'yes'}"`;
      return { config: { message, approvers: { owner: true }, deadlineSeconds: 600 } };
    }
    case 'FOR_EACH': {
      const items = `($at := ${label}; [1..${does.items}].($join([$at, $string($)], "/")))`;
      const onItemFailure = does.goesOn ? 'CONTINUE' : 'FAIL';
      return {
        config: {
          items,
          onItemFailure,
          maxConcurrent: 2,
          steps: written(does.body, around, { ...inside, item: true }),
        },
      };
    }
    case 'LOOP':
      return {
        config: { until: `round >= ${does.rounds}`, steps: written(does.body, around, { ...inside, round: true }) },
      };
    case 'SUB_WORKFLOW':
      return { config: { workflowId: around.others[does.other], input: `{"run": ${label}}` } };
  }
}
