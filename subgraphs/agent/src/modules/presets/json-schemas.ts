/**
 * Short forms for the JSON Schemas of presets. Outputs keep to what strict structured output of model APIs allows: every
 * property is required, others are refused, and nothing but types, enums and descriptions is said.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, JsonSchema>>;

export const text = (description: string): JsonSchema => ({ type: 'string', description });
export const texts = (description: string): JsonSchema => ({ type: 'array', description, items: { type: 'string' } });
export const flag = (description: string): JsonSchema => ({ type: 'boolean', description });
export const whole = (description: string): JsonSchema => ({ type: 'integer', description });
export const choice = (values: readonly string[], description: string): JsonSchema => ({
  type: 'string',
  description,
  enum: [...values],
});
export const list = (items: JsonSchema, description: string): JsonSchema => ({ type: 'array', description, items });
export const record = (properties: Properties): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/** What every role is given: the task, and material that may be left out. */
export const inputs = (material: Properties): Record<string, unknown> => ({
  type: 'object',
  properties: {
    task: { type: 'string', minLength: 1, description: 'What is wanted of you now.' },
    background: text('What is known of the product, the team or the situation.'),
    constraints: texts('What the result must respect.'),
    ...material,
  },
  required: ['task'],
  additionalProperties: false,
});

/** What every role answers with: how it ended, what is missing, and its work. */
export const outputs = (work: Properties): Record<string, unknown> => ({
  ...record({
    outcome: choice(
      ['DONE', 'NEEDS_INPUT', 'REFUSED'],
      'DONE: the task is done. NEEDS_INPUT: something is missing. REFUSED: this is no task for you.',
    ),
    questions: texts('NEEDS_INPUT: what is missing, a question each. REFUSED: why. Otherwise what is still open.'),
    ...work,
  }),
});
