export { TemplateError, checkTemplate, renderTemplate, type TemplateProblem } from './templates.ts';
