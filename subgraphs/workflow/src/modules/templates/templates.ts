import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { WorkflowService } from '../workflows/workflow-service.ts';
import { AgentDirectory } from './agent-directory.ts';
import { BUILT_IN_TEMPLATES } from './built-in/built-in-templates.ts';
import { TemplateInstaller } from './template-installer.ts';
import { TemplateRoles } from './template-roles.ts';
import { TemplateService } from './template-service.ts';
import type { TemplateStore } from './template-store.ts';

/** Templates of workflows. The start brings those that ship with the product to this version. */
export function createTemplates(domain: OpenDomain, store: TemplateStore, workflows: WorkflowService) {
  domain.prepare(() => store.seed(BUILT_IN_TEMPLATES));
  const directory = new AgentDirectory(domain.services);
  const templates = new TemplateService(store, workflows, new TemplateRoles(directory));
  return { templates, installer: new TemplateInstaller({ templates, workflows, directory }) };
}
