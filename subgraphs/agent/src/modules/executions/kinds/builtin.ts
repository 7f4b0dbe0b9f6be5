import { PublicError } from '@flowmesh/platform/errors';
import { ExpressionError, evaluateJsonata } from '@flowmesh/platform/expressions';
import { TemplateError, renderTemplate } from '@flowmesh/platform/templates';
import { z } from 'zod';
import type { BuiltinFunction } from '../../agents/configurations/builtin.ts';
import { AgentFailure, type AgentRunner, type AgentTask } from './agent-runner.ts';
import { classify, type LabelExamples } from './builtin/classify.ts';
import { entities } from './builtin/entities.ts';
import { keyPhrases } from './builtin/key-phrases.ts';
import { sentiment } from './builtin/sentiment.ts';
import { statistics } from './builtin/statistics.ts';
import { summarize } from './builtin/summarize.ts';
import { MAX_TEXT_CHARACTERS } from './builtin/text-model.ts';

interface BuiltinSettings {
  readonly function: BuiltinFunction;
  readonly options: Readonly<Record<string, unknown>>;
}

const text = z.string().max(MAX_TEXT_CHARACTERS, `must have at most ${MAX_TEXT_CHARACTERS} characters`);
const textInput = z.object({ text });
const anyObject = z.record(z.string(), z.unknown());
const summarizeInput = z.object({ text, maxSentences: z.int().min(1).max(20).default(3) });
const keyPhrasesInput = z.object({ text, limit: z.int().min(1).max(50).default(10) });
const statisticsInput = z.object({ values: z.array(z.number()).min(1).max(100_000) });

function read<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `input.${issue.path.join('.')}: ${issue.message}`);
  throw new AgentFailure('INVALID_INPUT', problems.join('; '), { retryable: false });
}

type Work = (input: unknown, options: BuiltinSettings['options'], task: AgentTask, signal: AbortSignal) => unknown;

/** Options were checked when the agent was registered; see agents/configurations/builtin.ts. */
const FUNCTIONS: Readonly<Record<BuiltinFunction, Work>> = {
  SUMMARIZE: (input, _options, _task, signal) => {
    const wanted = read(summarizeInput, input);
    return summarize(wanted.text, wanted.maxSentences, signal);
  },
  KEY_PHRASES: (input, _options, _task, signal) => {
    const wanted = read(keyPhrasesInput, input);
    return keyPhrases(wanted.text, wanted.limit, signal);
  },
  ENTITIES: (input, _options, _task, signal) => entities(read(textInput, input).text, signal),
  SENTIMENT: (input, _options, _task, signal) => sentiment(read(textInput, input).text, signal),
  CLASSIFY: (input, options, _task, signal) => {
    const labels = options['labels'] as Readonly<Record<string, LabelExamples>>;
    const defaultLabel = (options['defaultLabel'] as string | undefined) ?? null;
    return classify(read(textInput, input).text, labels, defaultLabel, signal);
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
    async run(task, { signal }) {
      const settings = task.configuration as BuiltinSettings;
      try {
        return { output: await FUNCTIONS[settings.function](task.input, settings.options, task, signal) };
      } catch (error) {
        if (error instanceof ExpressionError) {
          throw new AgentFailure(`EXPRESSION_${error.code}`, error.message, { retryable: false, cause: error });
        }
        if (error instanceof TemplateError) {
          throw new AgentFailure(`TEMPLATE_${error.code}`, error.message, { retryable: false, cause: error });
        }
        // The sandbox had no place for it, or its process was ended from outside.
        if (error instanceof PublicError) {
          throw new AgentFailure(String(error.extensions['code']), error.message, { retryable: true, cause: error });
        }
        throw error;
      }
    },
  };
}
