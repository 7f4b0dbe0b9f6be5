/** What a role could answer by its output schema. */
type Schema = Readonly<Record<string, unknown>>;

/** A value that satisfies the schema and says where it comes from: texts name the label and their path in it. */
export function sampleOf(schema: Schema, label: string): unknown {
  const {
    type,
    properties,
    items,
    enum: values,
  } = schema as {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
    readonly enum?: readonly unknown[];
  };
  if (values) return values[0];
  if (type === 'boolean') return true;
  if (type === 'integer') return 2;
  if (type === 'array') return [0, 1].map((at) => sampleOf(items!, `${label}[${at}]`));
  if (type !== 'object') return label;
  return Object.fromEntries(
    Object.entries(properties!).map(([key, inner]) => [key, sampleOf(inner, `${label}.${key}`)]),
  );
}

/** What a role could answer that has nothing: every list and text is empty. */
export function emptyOf(schema: Schema): unknown {
  const {
    type,
    properties,
    enum: values,
  } = schema as {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly enum?: readonly unknown[];
  };
  if (values) return values.at(-1);
  if (type === 'boolean') return false;
  if (type === 'integer') return 0;
  if (type === 'array') return [];
  if (type !== 'object') return '';
  return Object.fromEntries(Object.entries(properties!).map(([key, inner]) => [key, emptyOf(inner)]));
}

/** A role that did what it was asked: its lists are full, nothing is open. */
export const doneBy = (schema: Schema, label: string, more: object = {}) => ({
  ...(sampleOf(schema, label) as Record<string, unknown>),
  outcome: 'DONE',
  questions: [] as string[],
  ...more,
});

/** A role that lacks something. */
export const lackingBy = (schema: Schema, label: string) => ({
  ...(emptyOf(schema) as Record<string, unknown>),
  outcome: 'NEEDS_INPUT',
  questions: [`What about ${label}?`],
});
