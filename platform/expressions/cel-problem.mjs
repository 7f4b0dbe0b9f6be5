// Before its part: the library's modules refer to each other in a circle.
import '@marcbachmann/cel-js';
import { serialize } from '@marcbachmann/cel-js/serialize';
import { STRICT_TIMESTAMP } from './cel-environment.mjs';

// The library says what its machinery did not find ("no such overload: dyn<null> > int"); whoever wrote the expression
// wants to know which part of it has which value.

const MAX_QUOTED = 80;

/** What went wrong, in a sentence, and where. `calls`: around what went wrong, from the outside, where they are known. */
export function celProblem(error, calls = []) {
  const summary = asWritten(error.summary ?? String(error.message ?? error).split('\n')[0]);
  const message = (error.node?.op && explain(error, summary, calls)) || summary;
  return { message, ...(error.range ? { position: error.range.start } : {}) };
}

/** Of a part of an expression that computes a number that is none. */
export function notFinite(node, result, [, divisor]) {
  const divides = (node.op === '/' || node.op === '%') && Number(divisor) === 0;
  return Object.assign(new Error(divides ? 'division by zero' : `the result would be ${result}, which is no number`), {
    code: 'not_finite',
    node,
    range: node.range,
  });
}

function explain({ code, node }, summary, calls) {
  switch (code) {
    case 'not_finite':
      return `${quote(node)} cannot be computed: ${summary}`;
    case 'division_by_zero':
    case 'modulo_by_zero':
      return `${quote(node)} cannot be computed: division by zero`;
    case 'unknown_variable':
      return `${node.args} is not known: there are input, steps and context`;
    case 'invalid_macro_argument':
      return hasProblem(calls);
    case 'no_such_key':
      return `${quote(node)} does not exist; ${existence(node)} tells whether it does`;
    case 'index_out_of_bounds':
      return `${quote(node)} does not exist; size(${quote(node.args[0])}) tells how many there are`;
    case 'no_such_overload':
      return operatorProblem(node, summary);
    case 'no_matching_overload':
      return functionProblem(summary);
    case 'invalid_logical_operand':
    case 'invalid_condition_type':
      return `${quote(node)} must be true or false, not ${lastType(summary)}`;
    default:
      return undefined;
  }
}

/** What can be asked before a key is read. `has` takes nothing but names with dots between them. */
function existence(node) {
  const [target, key] = node.args;
  if (isDottedName(node)) return `has(${quote(node)})`;
  return `${node.op === '.' ? JSON.stringify(key) : quote(key)} in ${quote(target)}`;
}

const isDottedName = ({ op, args }) => op === 'id' || (op === '.' && isDottedName(args[0]));

function hasProblem(calls) {
  const asked = calls.at(-1);
  if (asked?.args[0] !== 'has') return undefined;
  const [node] = asked.args[1];
  const rule = 'has takes names with dots between them, such as has(input.user.name)';
  return node.op === '.' || node.op === '[]' ? `${rule}; write ${existence(node)} here` : rule;
}

/** `no such overload: dyn<null> > int`, `no such overload: !null` */
function operatorProblem(node, summary) {
  const operands = [node.args].flat();
  const sign = operands.length === 1 ? node.op[0] : node.op;
  const signature = summary.replace('no such overload: ', '').replace(/dyn<([^<>]+)>/g, '$1');
  const types = operands.length === 1 ? [signature.slice(1)] : signature.split(` ${sign} `);
  const each = operands.map((operand, at) => `${quote(operand)} is ${types[at]}`);
  const missing = operands.find((operand, at) => types[at] === 'null' && operand.op === '.');
  const advice = missing ? `; ask ${existence(missing)} && ${quote(missing)} != null before` : '';
  return `${quote(node)} cannot be computed: ${each.join(', ')}${advice}`;
}

/** `found no matching overload for 'size(double)'`, `… 'string.contains(int)'` */
function functionProblem(summary) {
  const [, target, name, types] = /'(?:(.*)\.)?(\w+)\((.*)\)'$/.exec(summary) ?? [];
  if (name === undefined) return undefined;
  const what = target === undefined || target === 'dyn' ? '' : ` of ${target}`;
  return `there is no ${name}(${types})${what}`;
}

const lastType = (summary) => /'([^']*)'$/.exec(summary)?.[1] ?? 'something else';

const asWritten = (text) => text.replaceAll(`${STRICT_TIMESTAMP}(`, 'timestamp(');

/** The part of the expression, as one would write it. */
function quote(node) {
  const text = asWritten(serialize(node));
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED - 1)}…` : text;
}
