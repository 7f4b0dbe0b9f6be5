import type { ContextMode } from '../executions/engine/definition.ts';
import type { StepInput } from '../workflows/validation/workflow-input.ts';
import type { JsonObject, WorkflowType } from '../workflows/workflow-record.ts';

/** Somebody whom the workflow needs: an agent that plays this role. */
export interface TemplateRole {
  readonly name: string;
  readonly description: string | null;
  /** From which an agent can be registered for it. */
  readonly preset: string | null;
  /** An agent of the caller of this type plays it unless another is named. */
  readonly agentType: string | null;
}

/** What a workflow is made of; its agents are roles, see `roles.ts`. */
export interface TemplateDefinition {
  readonly type: WorkflowType;
  readonly inputSchema: JsonObject | null;
  readonly config: JsonObject;
  readonly contextMode: ContextMode;
  readonly steps: readonly StepInput[];
}

/** What can be decided about a template. */
export interface TemplateValues {
  readonly name: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  /** JSON Schema of the parameters; each becomes a constant of the workflow's `config`. */
  readonly parameters: JsonObject;
  readonly roles: readonly TemplateRole[];
  readonly definition: TemplateDefinition;
}

export interface TemplateRecord extends TemplateValues {
  readonly id: string;
  /** Null for those that ship with the product. */
  readonly ownerId: string | null;
  readonly isShared: boolean;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A template that ships with the product. */
export interface BuiltInTemplate extends TemplateValues {
  readonly id: string;
  /** Raised with each change of it. */
  readonly version: number;
}
