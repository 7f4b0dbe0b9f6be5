// What the command line knows of the graph, from the SDL: the JSON Schema of files, and which fields of a workflow a file
// has. Written to cli/src/__generated__ by `npm run generate`, and for editors to docs/reference by `npm run docs`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse, valueFromASTUntyped } from 'graphql';

/** Definitions of these domains by name, with what extends them. */
function readDefinitions(root, domains) {
  const definitions = new Map();
  for (const domain of domains) {
    const folder = join(root, 'subgraphs', domain, 'src/modules');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.graphql'),
    );
    for (const file of files.sort()) {
      for (const definition of parse(readFileSync(join(folder, file), 'utf8')).definitions) {
        if (!definition.kind.endsWith('Definition') || !('name' in definition)) continue;
        const known = definitions.get(definition.name.value);
        if (!known) definitions.set(definition.name.value, definition);
      }
    }
  }
  return definitions;
}

const SCALARS = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Int: { type: 'integer' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  JSON: {},
  JSONObject: { type: 'object' },
  DateTime: { type: 'string', format: 'date-time' },
};

const textOf = ({ description }) => (description ? { description: description.value } : {});
const named = (type) => (type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type));

/** A value may come from the environment, where a file should not hold it. */
const FROM_ENVIRONMENT = {
  type: 'object',
  properties: { $env: { type: 'string', description: 'Name of the environment variable that holds the value.' } },
  required: ['$env'],
  additionalProperties: false,
};

class FileSchema {
  constructor(definitions, extras) {
    this.definitions = definitions;
    this.extras = extras;
    this.defs = {};
  }

  type(type) {
    if (type.kind === Kind.NON_NULL_TYPE) return this.type(type.type);
    if (type.kind === Kind.LIST_TYPE) return { type: 'array', items: this.type(type.type) };
    const name = type.name.value;
    if (name === 'String') return { anyOf: [{ type: 'string' }, FROM_ENVIRONMENT] };
    if (SCALARS[name]) return SCALARS[name];
    this.define(name);
    return { $ref: `#/$defs/${name}` };
  }

  define(name) {
    if (this.defs[name]) return;
    const definition = this.definitions.get(name);
    if (!definition) throw new Error(`there is no type ${name}`);
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION) {
      const values = definition.values.map((value) => ({ const: value.name.value, ...textOf(value) }));
      this.defs[name] = { oneOf: values, ...textOf(definition) };
      return;
    }
    // Known before its fields, which may lead back to it.
    this.defs[name] = {};
    this.defs[name] = this.object(definition);
  }

  object(definition) {
    const properties = {};
    const required = [];
    for (const field of definition.fields) {
      const { kind } = field.type;
      const type = this.type(field.type);
      const standard = field.defaultValue ? { default: valueFromASTUntyped(field.defaultValue) } : {};
      properties[field.name.value] = { ...type, ...textOf(field), ...standard };
      if (kind === Kind.NON_NULL_TYPE && !field.defaultValue) required.push(field.name.value);
    }
    const extra = this.extras[definition.name.value] ?? {};
    return {
      type: 'object',
      ...textOf(definition),
      properties: { ...properties, ...extra },
      required,
      additionalProperties: false,
    };
  }
}

const NAMES = {
  WorkflowStepInput: {
    agent: {
      type: 'string',
      description: 'Name of an agent that you may see, in place of `agentId`: of several, the one that is yours.',
    },
  },
};

function fileSchema(definitions, kind, inputName) {
  const schema = new FileSchema(definitions, NAMES);
  const object = schema.object(definitions.get(inputName));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `${kind} of Flowmesh`,
    ...object,
    properties: { ...object.properties, kind: { const: kind, description: 'What this document describes.' } },
    required: kind === 'Workflow' ? object.required : ['kind', ...object.required.filter((name) => name !== 'kind')],
    $defs: schema.defs,
  };
}

/** The fields that a file gives and the graph shows again. */
function selection(definitions, inputName, outputName) {
  const output = definitions.get(outputName);
  const shown = new Map(output.fields.map((field) => [field.name.value, field]));
  return definitions
    .get(inputName)
    .fields.filter(({ name }) => shown.has(name.value))
    .map(({ name, type }) => {
      const inner = definitions.get(named(type));
      if (inner?.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) return name.value;
      return `${name.value} { ${selection(definitions, named(type), named(shown.get(name.value).type))} }`;
    })
    .join(' ');
}

/** `{ workflow, agent }`: JSON Schemas; `workflowSelection`: fields in the language of GraphQL. */
export function fileSchemas(root) {
  const definitions = readDefinitions(root, ['workflow', 'agent']);
  // In files, `kind` says what a document is; how an agent works follows from its settings (`llm`, `http` …).
  const agent = fileSchema(definitions, 'Agent', 'RegisterAgentInput');
  return {
    workflow: fileSchema(definitions, 'Workflow', 'CreateWorkflowInput'),
    agent,
    workflowSelection: selection(definitions, 'CreateWorkflowInput', 'Workflow'),
  };
}
