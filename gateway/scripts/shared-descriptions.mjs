import { Kind, visit } from 'graphql';

/**
 * Describes the parts that mean the same in every list and every mutation: pages and edges, orders and filters, inputs
 * and results of mutations, codes of errors, `id` and times. A description in the SDL takes precedence.
 */
export function withSharedDescriptions(document) {
  const types = new Map(document.definitions.filter(({ name }) => name).map((type) => [type.name.value, type]));
  const describe = (node, text) =>
    node.description || !text ? node : { ...node, description: { kind: Kind.STRING, value: text, block: false } };
  return visit(document, {
    leave(node, _key, _parent, _path, ancestors) {
      if (node.kind === Kind.INPUT_VALUE_DEFINITION)
        return describe(node, argumentText(node, isList(ancestors), types));
      if (node.kind === Kind.ENUM_VALUE_DEFINITION) return describe(node, orderText(node, ownerOf(ancestors)));
      if (node.kind === Kind.FIELD_DEFINITION) return describe(node, fieldText(node, ownerOf(ancestors), types));
      return TYPE_KINDS.has(node.kind) ? describe(node, typeText(node, types)) : undefined;
    },
  });
}

/** The constant value of the field `code` of an error type, e.g. `AGENT_NAME_TAKEN` for `AgentNameTakenError`. */
export const codeOf = (errorType) =>
  errorType
    .replace(/Error$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase();

const TYPE_KINDS = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
]);

const RESUME =
  '`cursor` of the last message you have received. The stream continues after it and sends each later message once, without gaps. When left out, the stream begins now. Events are kept for 30 days; an older cursor is refused (`BAD_USER_INPUT`).';

/** Whether an argument belongs to a paginated list. */
const isList = (ancestors) =>
  ancestors
    .findLast((node) => node?.kind === Kind.FIELD_DEFINITION)
    ?.arguments.some(({ name }) => name.value === 'first');

const ownerOf = (ancestors) => ancestors.findLast((node) => TYPE_KINDS.has(node?.kind));

const named = (type) => (type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type));

/** `registerAgent` of `RegisterAgentInput`, when there is such an operation. */
function operationOf(typeName, suffix, types) {
  if (!typeName.endsWith(suffix)) return undefined;
  const name = typeName.slice(0, -suffix.length);
  const wanted = name[0]?.toLowerCase() + name.slice(1);
  const operations = ['Mutation', 'Query'].flatMap((root) => types.get(root)?.fields ?? []);
  return operations.find((field) => field.name.value === wanted)?.name.value;
}

/** Name of the type of a connection's rows. */
const nodeOf = (connection, types) => {
  const edges = types.get(connection)?.fields?.find(({ name }) => name.value === 'edges');
  const node = edges && types.get(named(edges.type))?.fields?.find(({ name }) => name.value === 'node');
  return node && named(node.type);
};

function typeText({ name: { value: name } }, types) {
  const node = name.endsWith('Connection') && nodeOf(name, types);
  if (node) return `One page of a list of \`${node}\`.`;
  if (name.endsWith('Edge')) return 'One row of a page, with its cursor.';
  if (name.endsWith('OrderField')) return 'What a list is ordered by. Rows with the same value are ordered by `id`.';
  if (name.endsWith('Order')) return 'The order of a list.';
  if (name.endsWith('Filter'))
    return 'Conditions on the rows of a list. A row must meet all conditions given; those left out are ignored.';
  const input = operationOf(name, 'Input', types);
  if (input) return `Input of \`${input}\`.`;
  const success = operationOf(name, 'Success', types);
  if (success) return `\`${success}\` succeeded.`;
  const result = operationOf(name, 'Result', types);
  if (result) return `Answer of \`${result}\`: its success, or an error to which a client can react.`;
  return undefined;
}

const CONNECTION_FIELDS = {
  edges: 'The rows of this page, each with its cursor.',
  nodes: 'The rows of this page, without their cursors.',
  pageInfo: 'Whether there are more pages, and the cursors for reading them.',
  totalCount: 'Number of matching rows on all pages together. Counted only when this field is selected.',
};
const EDGE_FIELDS = {
  cursor: 'Pass it as `after` to read what follows this row. Valid only for the same list in the same order.',
  node: 'The row itself.',
};
const COMMON_FIELDS = {
  id: 'Identifies the object. It is opaque, never changes, and is never reused.',
  createdAt: 'When it was created.',
  updatedAt: 'When it was last changed; the time of its creation if it never was.',
};

function fieldText({ name: { value: field } }, owner, types) {
  const type = owner.name.value;
  if (nodeOf(type, types) && field in CONNECTION_FIELDS) return CONNECTION_FIELDS[field];
  if (type.endsWith('Edge')) return EDGE_FIELDS[field];
  if (field in COMMON_FIELDS) return COMMON_FIELDS[field];
  if (owner.interfaces?.some(({ name }) => name.value === 'MutationError')) {
    if (field === 'code') return `Always \`${codeOf(type)}\`.`;
    if (field === 'message') return 'What went wrong, in one sentence for people.';
  }
  return undefined;
}

function orderText({ name: { value: name } }, owner) {
  if (!owner.name.value.endsWith('OrderField')) return undefined;
  return `By \`${name.toLowerCase().replace(/_(.)/g, (_match, letter) => letter.toUpperCase())}\`.`;
}

const defaultOf = (order, field) => order?.fields?.find(({ name }) => name.value === field)?.defaultValue?.value;

function argumentText({ name: { value: name }, type }, inList, types) {
  const typeName = named(type);
  if (name === 'input') return `The input, see \`${typeName}\`.`;
  if (name === 'filter') return 'Only rows that meet these conditions; all rows when left out.';
  if (!inList && name === 'after') return RESUME;
  if (inList && name === 'first') return 'Maximum number of rows on the page, 1 to 100.';
  if (inList && name === 'after')
    return '`endCursor` of the previous page, or the `cursor` of a row. The page begins with the row after it.';
  if (inList && name === 'orderBy') {
    const order = types.get(typeName);
    return `The order. By \`${defaultOf(order, 'field')}\`, \`${defaultOf(order, 'direction')}\` when left out.`;
  }
  if (typeName === 'OrderDirection') return 'Ascending or descending.';
  return typeName.endsWith('OrderField') ? 'The field to order by.' : undefined;
}
