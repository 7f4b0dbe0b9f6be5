import { combineRules, readAccessRules, type AccessRule } from '@flowmesh/platform/access';
import {
  decodeCursor,
  pageSize,
  toConnection,
  type Connection,
  type KeysetOrder,
  type PageArguments,
} from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { line, parseInput } from '@flowmesh/platform/validation';
import { Kind, parse, type DocumentNode } from 'graphql';
import { z } from 'zod';

/** A field, and what it asks. */
export interface FieldRule {
  /** The coordinate. */
  readonly id: string;
  readonly description: string | null;
  readonly rule: AccessRule;
}

const ORDER: KeysetOrder<'id'> = { list: 'accessRules', field: 'id', direction: 'ASC', type: 'string' };

const filterShape = z.object({
  type: line({ max: 100 }).nullish(),
  search: line({ max: 100 }).nullish(),
  scope: line({ max: 200 }).nullish(),
  public: z.boolean().nullish(),
});

/** What every field of a supergraph asks: the rules by which the gateway decides. */
export class AccessRuleList {
  private readonly fields: readonly FieldRule[];
  private readonly byCoordinate: ReadonlyMap<string, FieldRule>;

  constructor(supergraphSdl: string) {
    const document = parse(supergraphSdl);
    const descriptions = readDescriptions(document);
    this.fields = [...readAccessRules(document)]
      .map(([id, rules]) => ({ id, description: descriptions.get(id) ?? null, rule: combineRules(rules) }))
      .sort((one, other) => (one.id < other.id ? -1 : 1));
    this.byCoordinate = new Map(this.fields.map((field) => [field.id, field]));
  }

  /** Throws `badInput` for a coordinate that names no field. */
  find(coordinate: string): FieldRule {
    const field = this.byCoordinate.get(coordinate);
    if (!field) throw badInput('coordinate', 'there is no such field; it would be e.g. `Query.agents`');
    return field;
  }

  /** Throws `badInput` for arguments that cannot be used. */
  page({ filter, first, after }: PageArguments & { readonly filter?: object | null }): Connection<FieldRule> {
    const parsed = parseInput(filterShape, filter ?? {});
    if (!parsed.ok) {
      const [problem] = parsed.error.fields;
      throw badInput(`filter.${problem?.path}`, problem?.message ?? 'cannot be used');
    }
    const matching = this.fields.filter((field) => matches(field, parsed.data));
    const cursor = after == null ? null : decodeCursor(after, ORDER);
    const rows = cursor ? matching.filter(({ id }) => id > cursor.id) : matching;
    const page = rows.slice(0, pageSize({ first }) + 1);
    return toConnection(page, { first, after }, ORDER, () => Promise.resolve(matching.length));
  }
}

function matches({ id, description, rule }: FieldRule, filter: z.output<typeof filterShape>): boolean {
  const { type, search, scope, public: isPublic } = filter;
  if (type && id.split('.', 1)[0] !== type) return false;
  if (search && !`${id}\n${description ?? ''}`.toLowerCase().includes(search.toLowerCase())) return false;
  if (isPublic != null && rule.public !== isPublic) return false;
  return !scope || (!rule.public && rule.scopes.some((alternative) => alternative.includes(scope)));
}

function readDescriptions(document: DocumentNode): ReadonlyMap<string, string> {
  const descriptions = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const { name, description } of definition.fields ?? []) {
      if (description) descriptions.set(`${definition.name.value}.${name.value}`, description.value);
    }
  }
  return descriptions;
}
