// docs/reference/events.md: what triggers and steps can read of events.

const HEAD = `<!-- Written by scripts/event-reference.mjs from the payloads that domains declare: change those, then run \`npm run docs\`. -->

# Events

Events of the product start executions (EVENT triggers, \`createWorkflowTrigger\`) and let them go on (WAIT_FOR_EVENT steps). The graph
lists them with JSON Schemas of their payloads: \`workflowEventTypes\`.

- A trigger's filter and \`inputExpression\` read \`input.event\`: \`{id, type, occurredAt, payload}\`.
- A step's \`filter\` reads \`payload\`, and its \`correlation.field\` names a field of it; the step's result has it as \`payload\`.

A payload tells what has changed, by ids, and no content: a CONTEXT, INTEGRATION or AGENT step reads that, with the rights of whoever
started the execution. Fields may be added to payloads; none is removed or changes its meaning.`;

/** Such as \`text or null\`. */
function typeText(schema) {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(typeText).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.type !== 'object') return schema.type;
  const fields = Object.entries(schema.properties).map(
    ([name, field]) => `\`${name}\`: ${typeText(field)}${schema.required.includes(name) ? '' : ', may be absent'}`,
  );
  return `{${fields.join(', ')}}`;
}

function table({ properties, required }) {
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `| \`${name}\` | ${typeText(field)}${required.includes(name) ? '' : ', may be absent'} | ${field.description ?? ''} |`,
  );
  return ['| Field | Type | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function use({ triggers, steps }) {
  if (triggers === false) return ' Steps can wait for it; triggers of kind WEBHOOK fire by it.';
  return steps === false ? ' Triggers fire by it; steps cannot wait for it.' : '';
}

/** Events with the same payload share a table. */
export function eventPage(types, schemas) {
  const groups = new Map();
  for (const name of Object.keys(types)) {
    const key = JSON.stringify(schemas[name]);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  const sections = [...groups.values()].map((names) => {
    const lines = names.map((name) => `- \`${name}\`: ${types[name].description}${use(types[name])}`);
    return `## ${names.map((name) => `\`${name}\``).join(', ')}\n\n${lines.join('\n')}\n\n${table(schemas[names[0]])}`;
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}
