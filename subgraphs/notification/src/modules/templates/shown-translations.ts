import type { TemplateValues } from './template-record.ts';

/** By language. */
export const shownTranslations = ({ translations }: Pick<TemplateValues, 'translations'>) =>
  Object.entries(translations)
    .map(([language, texts]) => ({ language, ...texts }))
    .sort((a, b) => (a.language < b.language ? -1 : 1));
