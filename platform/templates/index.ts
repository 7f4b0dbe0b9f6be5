export {
  checkTemplate,
  inspectTemplate,
  renderTemplate,
  renderTemplates,
  TemplateError,
  type RenderOptions,
  type TemplateInspection,
  type TemplatePart,
  type TemplateProblem,
} from './templates.ts';
