import { Kind, print } from 'graphql';
import { namedType } from './graph.mjs';

const code = (text) => `\`${text}\``;
const scopesOf = (alternatives) => alternatives.map((scopes) => scopes.map(code).join(' and ')).join(', or ');

/** Says who may use a field, according to its access rule. */
export function whoMay(rule) {
  const machines = rule.machineScopes.length > 0 ? ` API keys and services need ${scopesOf(rule.machineScopes)}.` : '';
  if (rule.public) return `Anybody who may use the parent field.${machines}`;
  const asPerson = 'signed in as a person (not by an API key)';
  const signedIn = rule.session ? `Anybody who has ${asPerson}` : 'Anybody who has signed in';
  const who = rule.scopes.length > 0 ? `Holders of ${scopesOf(rule.scopes)}` : signedIn;
  const how = [
    rule.session && rule.scopes.length > 0 ? asPerson : null,
    rule.recent ? 'with a recent sign-in' : null,
    rule.withoutFactor ? 'also before a required second factor is set up' : null,
  ].filter((part) => part !== null);
  return `${[who, ...how].join(', ')}.${machines}`;
}

/** The same for a root field, which has no parent field. */
export const whoMayBegin = (rule) =>
  rule.public
    ? whoMay(rule).replace('Anybody who may use the parent field', 'Anybody, signed in or not')
    : whoMay(rule);

const directiveOf = ({ directives = [] }, name) => directives.find((directive) => directive.name.value === name);
const argumentOf = (directive, name) => directive?.arguments?.find((argument) => argument.name.value === name)?.value;
const numeral = (value) => Number(value).toLocaleString('en');

/** What a field counts against `GRAPHQL_MAX_COST`; null when it counts as any object or value. */
export function costOf(field) {
  const weight = argumentOf(directiveOf(field, 'cost'), 'weight')?.value;
  const list = directiveOf(field, 'listSize');
  const slicing = argumentOf(list, 'slicingArguments')?.values.map(({ value }) => code(value));
  const assumed = argumentOf(list, 'assumedSize')?.value;
  const parts = [
    weight ? numeral(weight) : null,
    slicing ? `the cost of one row times ${slicing.join(' or ')}` : null,
    assumed ? `the cost of one row times ${numeral(assumed)}` : null,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join('; ') : null;
}

/** When a mutation is answered; null when that is always at once. `input` is its input type, if it has one. */
export function waitOf(field, input) {
  if (directiveOf(field, 'waits')) return 'when its work has ended';
  const condition = input?.fields.find((each) => directiveOf(each, 'waits'));
  return condition ? `at once, or with ${code(condition.name.value)} when its work has ended` : null;
}

/** The definition of a root field on lines of its own, without directives and descriptions. */
export function signatureOf(field) {
  const bare = (node) => ({ ...node, description: undefined, directives: [] });
  return print({ ...bare(field), arguments: field.arguments.map(bare) });
}

/** A type with a link to where it is described, for a cell of a table. */
export function linkedType(type, link) {
  const target = link(namedType(type));
  return target ? `[${code(print(type))}](${target})` : code(print(type));
}

/** One line, for a cell of a table. */
export const cell = (text) => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');

export const defaultOf = ({ defaultValue }) => (defaultValue ? `Default ${code(print(defaultValue))}.` : '');

export const isRequired = ({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && !defaultValue;

/** Up to the first full stop that ends a sentence. */
export const firstSentence = (text) => /^.*?[.)…](?=\s|$)/s.exec(text.replace(/\s+/g, ' '))?.[0] ?? text;
