import { Kind } from 'graphql';
import { rootField } from './graph.mjs';
import { cell, costOf, defaultOf, isRequired, linkedType, signatureOf, waitOf, whoMay, whoMayBegin } from './words.mjs';

const KINDS = {
  [Kind.OBJECT_TYPE_DEFINITION]: 'Object',
  [Kind.INTERFACE_TYPE_DEFINITION]: 'Interface',
  [Kind.INPUT_OBJECT_TYPE_DEFINITION]: 'Input',
  [Kind.ENUM_TYPE_DEFINITION]: 'Enum',
  [Kind.UNION_TYPE_DEFINITION]: 'Union',
  [Kind.SCALAR_TYPE_DEFINITION]: 'Scalar',
};
const PARTS = { Query: 'Queries', Mutation: 'Mutations', Subscription: 'Subscriptions' };

/** The anchor that a heading has on GitHub. */
export const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');

export const headingOf = ({ type, name }) => `${type}.${name}`;

const describedBy = (operation) => {
  const name = `${operation.name[0].toUpperCase()}${operation.name.slice(1)}`;
  return { input: `${name}Input`, success: `${name}Success`, result: `${name}Result` };
};

/** Types that are described together with the operation they belong to: its input, its success and its result. */
export const belongingTo = (operation, types) =>
  Object.values(describedBy(operation)).filter((name) => types.has(name));

const isPaging = (name) => name.endsWith('Connection') || name.endsWith('Edge');

const textOf = ({ description }) => description?.value.replace(/\s+/g, ' ') ?? '';

/** One page: the operations of a module, then its types by name. `link` gives where a type is described. */
export function modulePage(page, { types, rules, link, example }) {
  const operations = Object.keys(PARTS).flatMap((type) => {
    const found = page.roots.filter((root) => root.type === type);
    return found.length === 0 ? [] : [`## ${PARTS[type]}`, ...found.map((root) => operationSection(root))];
  });
  const own = new Set(page.roots.flatMap((root) => belongingTo(root, types)));
  const others = page.types
    .filter(({ name }) => !own.has(name.value) && !isPaging(name.value))
    .sort((one, other) => (one.name.value < other.name.value ? -1 : 1));
  const described = others.length === 0 ? [] : ['## Types', ...others.map((type) => typeSection(type))];
  return [...operations, ...described].join('\n\n');

  function operationSection(root) {
    const field = rootField({ types }, root);
    const { input, success, result } = describedBy(root);
    const cost = costOf(field);
    const rule = rules.get(headingOf(root))[0];
    const given = types.get(input);
    const wait = waitOf(field, given);
    const facts = [
      `- **Who may:** ${whoMayBegin(rule)}`,
      ...(cost ? [`- **Cost:** ${cost}.`] : []),
      ...(wait ? [`- **Answers:** ${wait}.`] : []),
    ];
    // An input type of another name has a section of its own.
    const args = field.arguments.filter(({ name }) => name.value !== 'input' || !given);
    const answer = types.get(success);
    return [
      `### ${headingOf(root)}`,
      textOf(field),
      `\`\`\`graphql\n${signatureOf(field)}\n\`\`\``,
      facts.join('\n'),
      ...(args.length > 0 ? [table('Argument', args)] : []),
      ...(given
        ? [[`**${input}**`, inputText(given)].filter((part) => part !== '').join(' '), table('Input', given.fields)]
        : []),
      ...(answer ? [`**${success}**`, fieldTable(answer)] : []),
      ...(types.has(result) ? [errorList(types.get(result), success)] : []),
      ...example(root),
    ].join('\n\n');
  }

  function inputText(input) {
    return textOf(input).startsWith('Input of `') ? '' : textOf(input);
  }

  function errorList({ types: members }, success) {
    const errors = members.filter(({ name }) => name.value !== success);
    if (errors.length === 0) return 'No other answer.';
    const lines = errors.map((member) => `- ${linkedType(member, link)}: ${textOf(types.get(member.name.value))}`);
    return [`**Other answers**`, lines.join('\n')].join('\n\n');
  }

  function typeSection(type) {
    const implemented = type.interfaces?.length
      ? `, implements ${type.interfaces.map((each) => linkedType(each, link)).join(', ')}`
      : '';
    const rule = typeRule(type);
    return [
      `### ${type.name.value}`,
      `_${KINDS[type.kind]}${implemented}._ ${textOf(type)}`,
      ...(rule ? [`- **Who may:** ${rule}`] : []),
      ...bodyOf(type),
    ].join('\n\n');
  }

  function bodyOf(type) {
    if (type.kind === Kind.ENUM_TYPE_DEFINITION) {
      return [
        rows(
          ['Value', ''],
          type.values.map((value) => [`\`${value.name.value}\``, textOf(value)]),
        ),
      ];
    }
    if (type.kind === Kind.UNION_TYPE_DEFINITION) {
      return [`One of ${type.types.map((member) => linkedType(member, link)).join(', ')}.`];
    }
    if (type.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) return [table('Field', type.fields)];
    return type.fields ? [fieldTable(type)] : [];
  }

  /** The access rule of most fields of an object; null when they require no more than the parent field. */
  function typeRule(type) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) return null;
    const own = usualRule(type);
    return own.startsWith('Anybody who may use the parent field') ? null : own;
  }

  function usualRule({ name, fields }) {
    const counts = new Map();
    for (const field of fields) {
      const rule = whoMay(rules.get(`${name.value}.${field.name.value}`)[0]);
      counts.set(rule, (counts.get(rule) ?? 0) + 1);
    }
    return [...counts].sort(([, one], [, other]) => other - one)[0][0];
  }

  function fieldTable(type) {
    const usual = type.kind === Kind.OBJECT_TYPE_DEFINITION ? usualRule(type) : null;
    const lines = type.fields.map((field) => {
      const rule = usual === null ? null : whoMay(rules.get(`${type.name.value}.${field.name.value}`)[0]);
      const cost = costOf(field);
      const more = [
        ...field.arguments.map(
          (argument) => `<br>\`${argument.name.value}\`: ${linkedType(argument.type, link)} ${argumentText(argument)}`,
        ),
        ...(rule === usual ? [] : [`<br>Who may: ${rule}`]),
        ...(cost ? [`<br>Cost: ${cost}.`] : []),
      ];
      return [`\`${field.name.value}\``, linkedType(field.type, link), `${textOf(field)}${more.join('')}`];
    });
    return rows(['Field', 'Type', ''], lines);
  }

  function argumentText(argument) {
    return [textOf(argument), defaultOf(argument)].filter((part) => part !== '').join(' ');
  }

  function table(first, inputs) {
    const lines = inputs.map((input) => [
      `\`${input.name.value}\`${isRequired(input) ? ' (required)' : ''}`,
      linkedType(input.type, link),
      argumentText(input),
    ]);
    return rows([first, 'Type', ''], lines);
  }
}

function rows(head, lines) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n');
}
