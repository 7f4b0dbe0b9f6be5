import { ExpressionError, evaluateJsonata } from '@flowmesh/platform/expressions';
import { TemplateError, renderTemplate } from '@flowmesh/platform/templates';
import {
  classify,
  entities,
  keyPhrases,
  sentiment,
  summarize,
  TextLimitError,
  type LabelExamples,
} from '@flowmesh/platform/text-analysis';
import type { z } from 'zod';
import type { BuiltinFunction } from '../../agents/configurations/builtin.ts';
import { AgentFailure } from './agent-failure.ts';
import type { AgentRunner, AgentTask } from './agent-runner.ts';
import { anyObject, keyPhrasesInput, statisticsInput, summarizeInput, textInput } from './builtin-inputs.ts';
import { statistics, StatisticsError } from './statistics.ts';

interface BuiltinSettings {
  readonly function: BuiltinFunction;
  readonly options: Readonly<Record<string, unknown>>;
}

function read<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `input.${issue.path.join('.')}: ${issue.message}`);
  throw new AgentFailure('INVALID_INPUT', problems.join('; '), { retryable: false });
}

type Work = (input: unknown, options: BuiltinSettings['options'], task: AgentTask) => unknown;

const MAX_ANALYSIS_MS = 10_000;

const textOptions = ({ startedById, timeoutMs }: AgentTask) => ({
  owner: startedById,
  timeoutMs: Math.min(timeoutMs, MAX_ANALYSIS_MS),
});

/** Options were checked when the agent was registered; see agents/configurations/builtin.ts. */
const FUNCTIONS: Readonly<Record<BuiltinFunction, Work>> = {
  SUMMARIZE: (input, _options, task) => {
    const wanted = read(summarizeInput, input);
    return summarize(wanted.text, wanted.maxSentences, textOptions(task));
  },
  KEY_PHRASES: (input, _options, task) => {
    const wanted = read(keyPhrasesInput, input);
    return keyPhrases(wanted.text, wanted.limit, textOptions(task));
  },
  ENTITIES: (input, _options, task) => entities(read(textInput, input).text, textOptions(task)),
  SENTIMENT: (input, _options, task) => sentiment(read(textInput, input).text, textOptions(task)),
  CLASSIFY: (input, options, task) => {
    const labels = options['labels'] as Readonly<Record<string, LabelExamples>>;
    const defaultLabel = (options['defaultLabel'] as string | undefined) ?? null;
    return classify(read(textInput, input).text, labels, defaultLabel, textOptions(task));
  },
  TRANSFORM: async (input, options, task) => {
    const whom = { owner: task.startedById };
    return (await evaluateJsonata(String(options['expression']), input, whom)) ?? null;
  },
  TEMPLATE: async (input, options, task) => ({
    text: await renderTemplate(String(options['template']), read(anyObject, input), { owner: task.startedById }),
  }),
  STATISTICS: (input) => statistics(read(statisticsInput, input).values),
};

/** Deterministic functions that ship with the product: no key, no network, the same answer each time. */
export function createBuiltinRunner(): AgentRunner {
  return {
    kind: 'BUILTIN',
    async run(task) {
      const settings = task.configuration as BuiltinSettings;
      try {
        return { output: await FUNCTIONS[settings.function](task.input, settings.options, task) };
      } catch (error) {
        if (error instanceof ExpressionError) {
          throw new AgentFailure(`EXPRESSION_${error.code}`, error.message, { retryable: false, cause: error });
        }
        if (error instanceof TemplateError) {
          throw new AgentFailure(`TEMPLATE_${error.code}`, error.message, { retryable: false, cause: error });
        }
        if (error instanceof TextLimitError) {
          throw new AgentFailure('TEXT_LIMIT', error.message, { retryable: false, cause: error });
        }
        if (error instanceof StatisticsError) {
          throw new AgentFailure('INVALID_INPUT', `input.values: ${error.message}`, { retryable: false, cause: error });
        }
        throw error;
      }
    },
  };
}
