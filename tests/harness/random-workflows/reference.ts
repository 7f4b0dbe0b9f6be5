import type { Leaf, Node } from './nodes.ts';

/** Where steps run. */
interface Place {
  readonly run: string;
  readonly item: string;
  readonly round: string;
}

/** What came of a step. */
interface Ended {
  readonly status: 'COMPLETED' | 'FAILED' | 'SKIPPED';
  readonly result: unknown;
}

/** What was done outside: by label, how often. `possible`: others had failed already, so it may have been done or not. */
export interface Effects {
  readonly certain: Map<string, number>;
  readonly possible: Map<string, number>;
}

export interface Interpretation {
  /** Empty when the execution completes; otherwise those of which one ends it. */
  readonly fatal: readonly string[];
  readonly steps: Readonly<Record<string, Ended>>;
  readonly effects: Effects;
}

/** The numbers in a result, as JSONata adds them up. */
function numbersIn(result: unknown): number {
  if (Array.isArray(result)) return result.reduce<number>((sum, each) => sum + numbersIn(each), 0);
  const { n } = (result ?? {}) as { n?: unknown };
  return typeof n === 'number' ? n : 0;
}

/** What a workflow means, computed without an engine: all steps at once, in the order of their dependencies. */
export class Reference {
  constructor(private readonly others: readonly (readonly Node[])[]) {}

  interpret(nodes: readonly Node[], run: string): Interpretation {
    return this.all(nodes, { run, item: '', round: '' });
  }

  private all(nodes: readonly Node[], place: Place): Interpretation {
    const steps: Record<string, Ended> = {};
    const effects: Effects = { certain: new Map(), possible: new Map() };
    const fatal: string[] = [];
    /** Steps through which the execution goes on. */
    const open = new Set<string>();
    for (const node of nodes) {
      // What comes after a step that ends the execution never runs.
      if (node.dependencies.some((before) => fatal.includes(before) || !steps[before])) continue;
      const caught = nodes.filter(({ onFailure }) => onFailure.includes(node.id)).map(({ id }) => id);
      const hasCaught = caught.some((before) => steps[before]?.status === 'FAILED');
      const { dependencies } = node;
      const isLed = dependencies.length === 0 || hasCaught || dependencies.some((before) => open.has(before));
      if (!isLed || (caught.length > 0 && !hasCaught) || node.never) {
        steps[node.id] = { status: 'SKIPPED', result: null };
        if (isLed && node.onSkip === 'CONTINUE') open.add(node.id);
        continue;
      }
      const n = 1 + dependencies.reduce((sum, before) => sum + numbersIn(steps[before]?.result), 0);
      const found = this.one(node, n, place, effects);
      if (found) {
        steps[node.id] = { status: 'COMPLETED', result: found.result };
        open.add(node.id);
      } else if (node.continueOnFailure || node.onFailure.length > 0) {
        steps[node.id] = { status: 'FAILED', result: null };
        if (node.continueOnFailure) open.add(node.id);
      } else {
        fatal.push(node.id);
      }
    }
    return { fatal, steps, effects };
  }

  /** The result; null when it fails. */
  private one(node: Node, n: number, place: Place, effects: Effects): { readonly result: unknown } | null {
    const { does } = node;
    const label = [place.run, place.item, place.round, node.id].join('/');
    switch (does.kind) {
      case 'FOR_EACH': {
        const items = Array.from({ length: does.items }, (_, index) =>
          this.body(does.body, { ...place, item: `${label}/${index + 1}` }),
        );
        const failed = items.some((each) => each.failed);
        // The first failure cancels what has not ended yet.
        for (const each of items) add(each.effects, effects, { certain: does.goesOn || !failed });
        if (failed && !does.goesOn) return null;
        return { result: items.map(({ result }) => result) };
      }
      case 'LOOP': {
        let result: unknown = null;
        for (let round = 1; round <= does.rounds; round += 1) {
          const one = this.body(does.body, { ...place, round: String(round) });
          add(one.effects, effects, { certain: true });
          if (one.failed) return null;
          result = one.result;
        }
        return { result };
      }
      case 'SUB_WORKFLOW': {
        const one = this.body(this.others[does.other] ?? [], { run: label, item: '', round: '' });
        add(one.effects, effects, { certain: true });
        return one.failed ? null : { result: one.result };
      }
      default:
        return leafOf(does, n, label, effects.certain);
    }
  }

  /** Steps one after the other. */
  private body(nodes: readonly Node[], place: Place) {
    const { fatal, steps, effects } = this.all(nodes, place);
    return { failed: fatal.length > 0, result: steps[nodes.at(-1)?.id ?? '']?.result ?? null, effects };
  }
}

function leafOf(does: Leaf, n: number, label: string, effects: Map<string, number>): { result: unknown } | null {
  switch (does.kind) {
    case 'AGENT': {
      const attempts = 1 + Math.min(does.failing, does.retryCount);
      effects.set(`agent ${label}`, attempts);
      return does.failing < attempts ? { result: { n: n + 1 } } : null;
    }
    case 'INTEGRATION':
      effects.set(`integration ${label}`, 1);
      return does.fails ? null : { result: { n: n + 1 } };
    case 'NOTIFICATION':
      if (does.fails) return null;
      effects.set(`notification ${label}`, 1);
      return { result: { status: 'DELIVERED' } };
    case 'CONTEXT':
      if (does.fails) return null;
      effects.set(`context ${label}`, n);
      return { result: {} };
    case 'TRANSFORM':
      return does.fails ? null : { result: { n } };
    case 'CONDITION':
      return { result: true };
    case 'DELAY':
      return { result: null };
    case 'WAIT_FOR_EVENT':
    case 'APPROVAL':
      return does.fails ? null : { result: {} };
  }
}

function add(from: Effects, to: Effects, { certain }: { readonly certain: boolean }): void {
  for (const [label, times] of from.certain) (certain ? to.certain : to.possible).set(label, times);
  for (const [label, times] of from.possible) to.possible.set(label, times);
}
