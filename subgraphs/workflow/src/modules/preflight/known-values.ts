import type { Viewer } from '@flowmesh/platform/access';
import { checkJsonata, evaluateJsonata, ExpressionError } from '@flowmesh/platform/expressions';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { readsEverything } from '../executions/engine/step-results.ts';
import type { Known, Subject } from './finding.ts';

/** Time limits for one expression, and for all of a preflight together. */
const TIMEOUT_MS = 100;
const ALL_MS = 2_000;

/** Values of expressions that read nothing but the input and the constants of their workflow. */
export class KnownValues {
  private readonly until = performance.now() + ALL_MS;

  constructor(private readonly viewer: Viewer) {}

  /** Null when it is not known before the execution, cannot be computed, or takes too long. */
  async of(text: string, { workflow, input }: Subject): Promise<Known> {
    if (performance.now() > this.until || readsEverything(text)) return null;
    const whom = waitingViewer(this.viewer);
    const { problem, references } = await checkJsonata(text, whom);
    const readable = new Set(['context', ...(input ? ['input'] : [])]);
    if (problem || references.some(({ path: [first] }) => !readable.has(String(first)))) return null;
    try {
      const values = { input: input?.value ?? null, context: workflow.config };
      return { value: await evaluateJsonata(text, values, { ...whom, timeoutMs: TIMEOUT_MS }) };
    } catch (thrown) {
      if (thrown instanceof ExpressionError) return null;
      throw thrown;
    }
  }
}
