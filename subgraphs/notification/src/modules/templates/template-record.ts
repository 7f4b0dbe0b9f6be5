import type { Channel } from '../../adapters/channel-adapter.ts';

/** LAYOUT: what stands around the messages of others, with `{{ content }}` in its place. */
export type TemplateKind = 'MESSAGE' | 'LAYOUT';

export type VariableType = 'STRING' | 'NUMBER' | 'INTEGER' | 'BOOLEAN' | 'DATE_TIME' | 'URL' | 'LIST' | 'OBJECT';

export interface TemplateVariable {
  readonly name: string;
  readonly type: VariableType;
  readonly required: boolean;
  /** Used when no value is given; null for none. */
  readonly default: unknown;
  readonly description: string | null;
  /** JSON Schema that a LIST or OBJECT must satisfy. */
  readonly schema: Record<string, unknown> | null;
}

/** What is written in one language, in Liquid. */
export interface TemplateTexts {
  readonly subjectTemplate: string | null;
  readonly contentTemplate: string;
  readonly htmlTemplate: string | null;
}

/** What users decide about a template. */
export interface TemplateValues extends TemplateTexts {
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  readonly variables: readonly TemplateVariable[];
  /** Of the texts above, e.g. `en` or `de-AT`. */
  readonly language: string;
  /** Texts in other languages. */
  readonly translations: Readonly<Record<string, TemplateTexts>>;
  readonly layoutId: string | null;
  readonly isActive: boolean;
  /** Everybody may read and use it. */
  readonly isShared: boolean;
}

/** A template as it was at a version. */
export interface TemplateVersion extends TemplateValues {
  readonly templateId: string;
  readonly version: number;
  readonly createdById: string;
  readonly createdAt: Date;
}

/** A version in a list: its id is that of the template. */
export type ListedVersion = TemplateVersion & { readonly id: string };

/** A template as it is. */
export interface TemplateRecord extends TemplateValues {
  readonly id: string;
  readonly ownerId: string;
  readonly channel: Channel;
  readonly kind: TemplateKind;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
