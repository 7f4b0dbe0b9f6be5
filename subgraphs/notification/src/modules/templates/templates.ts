import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { TemplateRenderer } from './template-renderer.ts';
import { TemplateService } from './template-service.ts';
import { TemplateStore } from './template-store.ts';

/** Texts that notifications are made from. */
export function createTemplates({ pool }: OpenDomain) {
  const store = new TemplateStore(pool);
  return { templates: new TemplateService(store), renderer: new TemplateRenderer(store) };
}
