export {
  classify,
  entities,
  keyPhrases,
  MAX_TEXT_CHARACTERS,
  sentiment,
  summarize,
  TextLimitError,
  type LabelExamples,
  type TextOptions,
} from './text-analysis.ts';
