import type { Connection } from '@flowmesh/platform/connections';
import type { CastMember } from './cast.ts';
import type { TemplateRecord } from './template-record.ts';

export type WorkflowTemplateMapper = TemplateRecord;
export type WorkflowTemplateConnectionMapper = Connection<TemplateRecord>;
export type WorkflowTemplateAgentMapper = CastMember;
