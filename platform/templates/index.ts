export {
  checkTemplate,
  inspectTemplate,
  renderTemplate,
  renderTemplates,
  TemplateError,
  type TemplateInspection,
  type TemplatePart,
  type TemplateProblem,
} from './templates.ts';
